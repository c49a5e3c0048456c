import { from as copyFrom } from 'pg-copy-streams';
import type { Connection } from './pool.js';

/** Large enough that starting a COPY costs nothing beside it, small enough that a few of them are little memory. */
const batchBytes = 1 << 20;
/** A batch goes out when less than this is left of it: an ordinary row still fits. */
const slackBytes = 1 << 14;

/** Rows that go into one table by COPY, many at a time. */
export interface CopyTarget {
  /** One row in the order of the columns; `undefined` is null. Resolves when the next one may come. */
  add(row: readonly (string | undefined)[]): Promise<void> | undefined;
}

/**
 * COPY into tables of one connection. While the server stores one batch the next is being made: the reading of a list
 * and the storing of it use two processors.
 */
export function createCopier(client: Connection) {
  const flushes: Array<() => Promise<void>> = [];
  let busy: Promise<void> = Promise.resolve();
  return {
    into(table: string, columns: readonly string[]): CopyTarget {
      const statement = `COPY ${table} (${columns}) FROM STDIN`;
      // Bytes and not a growing string: the pieces of that live long enough to keep the garbage collector busy.
      let batch = Buffer.allocUnsafe(batchBytes);
      let spare = Buffer.allocUnsafe(batchBytes);
      let filled = 0;
      const flush = async () => {
        await busy;
        if (filled === 0) return;
        // What `spare` held has been stored by now.
        busy = copyBytes(client, statement, batch.subarray(0, filled));
        [batch, spare, filled] = [spare, batch, 0];
        // Who comes next awaits it; until then its failure is nobody's unhandled rejection.
        busy.catch(() => {});
      };
      flushes.push(flush);
      return {
        add(row) {
          const text = formatRow(row);
          // A character is at most three bytes of UTF-8 for each of its UTF-16 units.
          const most = text.length * 3;
          if (filled + most > batch.length) batch = Buffer.concat([batch.subarray(0, filled)], filled + most);
          filled += batch.write(text, filled);
          return filled > batchBytes - slackBytes ? flush() : undefined;
        },
      };
    },
    /** Everything is stored. */
    async finish(): Promise<void> {
      for (const flush of flushes) await flush();
      await busy;
    },
    /** Wait for what is under way, whatever becomes of it: the connection is then free again. */
    settle: () => busy.catch(() => {}),
  };
}

function copyBytes(client: Connection, statement: string, bytes: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    const copy = client.query(copyFrom(statement));
    copy.once('error', fail).once('finish', done);
    copy.end(bytes);
  });
}

/** COPY's text format. */
function formatRow(row: readonly (string | undefined)[]): string {
  let text = '';
  for (let index = 0; index < row.length; index += 1) {
    if (index > 0) text += '\t';
    text += formatCell(row[index]);
  }
  return `${text}\n`;
}

const special = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function formatCell(value: string | undefined): string {
  if (value === undefined) return '\\N';
  return special.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? '') : value;
}
