import { finish, hashText } from './hash-text.js';

/**
 * Draws lots that anybody can draw again: the same name and the same person key give the same integer of 0 to 2^31 - 1,
 * on every computer and whoever else is in the list. Lots of one name are spread evenly, and those of two names have
 * nothing to do with each other. Not for secrets: whoever knows the name can work them out.
 *
 * The key's hash is mixed with the name's, and not the texts: a person who is in for several lots, one after the other,
 * is gone through once.
 */
export function createLottery(name: string): (personKey: string) => number {
  const salt = hashText(name);
  const [low, high] = [salt | 0, Math.floor(salt / 2 ** 32)];
  return (personKey) => {
    const hash = hashText(personKey);
    return finish(finish(hash ^ low) ^ Math.floor(hash / 2 ** 32) ^ (high << 11)) >>> 1;
  };
}
