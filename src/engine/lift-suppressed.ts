import { parseAddress } from '../audience/address.js';
import { BadInput } from '../campaign/problem.js';
import type { ControlStore } from './ports/control-store.js';

/**
 * Let campaigns write to an address again. False where it was not suppressed.
 * @throws BadInput where it is no mail address
 */
export async function liftSuppressed(address: string, control: Pick<ControlStore, 'liftSuppressed'>): Promise<boolean> {
  const parsed = parseAddress(address);
  if ('refusal' in parsed) throw new BadInput([{ field: '<address>', message: `"${address}" ${parsed.refusal}` }]);
  return control.liftSuppressed(parsed.key);
}
