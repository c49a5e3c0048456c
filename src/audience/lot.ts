const { imul } = Math;

/**
 * Draws lots that anybody can draw again: the same name and the same person key give the same integer of 0 to 2^31 - 1,
 * on every computer and whoever else is in the list. Lots of one name are spread evenly, and those of two names have
 * nothing to do with each other. Not for secrets: whoever knows the name can work them out.
 *
 * One multiplication and shift for each character, and the finaliser of MurmurHash3 (Appleby, public domain): 0.1 us
 * for an address, where SHA-256 of node:crypto takes 2 us and more.
 */
export function createLottery(name: string): (personKey: string) => number {
  // A line end, which neither names nor keys hold: `ab` + `c` is not `a` + `bc`.
  const start = mixText(0, `${name}\n`);
  return (personKey) => finish(mixText(start, personKey)) >>> 1;
}

function mixText(start: number, text: string): number {
  let state = start;
  for (let index = 0; index < text.length; index += 1) {
    state = imul(state ^ text.charCodeAt(index), 0x9e3779b1);
    state ^= state >>> 15;
  }
  return state;
}

function finish(state: number): number {
  let mixed = imul(state ^ (state >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
