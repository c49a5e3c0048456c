import { describe, expect, test } from '@jest/globals';
import { ClaimShare } from '../../src/engine/claim-share.js';

const open = () => new ClaimShare({ least: 20, most: 200, worthMs: 500 });

describe('how many messages a worker takes at once', () => {
  test('it begins small, while nothing is known of the server', () => {
    expect(open().size()).toBe(40);
  });

  test.each([
    [40, 20, 200, 'a fast server: as many as a claim may hold'],
    [200, 1_000, 100, 'a slow one: what can be begun in half a second'],
    [40, 60_000, 20, 'a very slow one: never less than what is under way at once'],
    [3, 0.01, 200, 'a few that went at once say that more will'],
  ])('%d begun in %d ms: %d next time (%s)', (count, tookMs, size) => {
    const share = open();
    share.note(count, tookMs);
    expect(share.size()).toBe(size);
  });
});
