import type { FaultRow } from '../fault-row.js';
import { clockRows } from './clock.js';
import { controlRows } from './control.js';
import { databaseRows } from './database.js';
import { diskRows } from './disk.js';
import { failpointRows } from './failpoints.js';
import { moveRows } from './moves.js';
import { peopleRows } from './people.js';
import { poisonDataRows } from './poison-data.js';
import { poisonTemplateRows } from './poison-template.js';
import { processRows } from './processes.js';
import { queueRows } from './queue.js';
import { resourceRows } from './resources.js';
import { restoreRows } from './restore.js';
import { smtpAnswerRows } from './smtp-answers.js';
import { smtpBreakRows } from './smtp-breaks.js';
import { smtpNonsenseRows } from './smtp-nonsense.js';
import { smtpPaceRows } from './smtp-pace.js';
import { smtpTlsRows } from './smtp-tls.js';
import { soupRows } from './soup.js';
import { stormRows } from './storm.js';

/** In the order of the matrix. */
export const allRows: FaultRow[] = [
  ...clockRows,
  ...controlRows,
  ...databaseRows,
  ...diskRows,
  ...failpointRows,
  ...moveRows,
  ...poisonDataRows,
  ...poisonTemplateRows,
  ...processRows,
  ...resourceRows,
  ...stormRows,
  ...restoreRows,
  ...smtpAnswerRows,
  ...smtpBreakRows,
  ...smtpNonsenseRows,
  ...smtpPaceRows,
  ...smtpTlsRows,
  ...queueRows,
  ...soupRows,
  ...peopleRows,
].sort((a, b) => Number.parseInt(a.row, 10) - Number.parseInt(b.row, 10) || a.row.localeCompare(b.row));
