/** 8 MB, whatever the list. At a million people with two identities each, fewer than a hundred are doubted wrongly. */
const bits = 2 ** 26;
const probes = 5;

/**
 * Says whether a text may have come before: a Bloom filter. A text that has come before is never missed; a new one is
 * very rarely taken for an old one, so whoever asks must look again before believing it.
 */
export function createSeenBefore(): (text: string) => boolean {
  const words = new Uint32Array(bits / 32);
  return (text) => {
    let first = 0x811c9dc5;
    let second = 0x9e3779b9;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x85ebca6b);
      second ^= second >>> 13;
    }
    first ^= first >>> 15;
    let old = true;
    for (let probe = 0; probe < probes; probe += 1) {
      const bit = ((first + Math.imul(probe, second | 1)) >>> 0) % bits;
      const mask = 1 << (bit & 31);
      const word = words[bit >>> 5] ?? 0;
      if ((word & mask) === 0) {
        old = false;
        words[bit >>> 5] = word | mask;
      }
    }
    return old;
  };
}
