import { describe, expect, test } from '@jest/globals';
import { type MessageState, messageMoves, messageStates } from '../../src/campaign/message.js';

function reach(from: MessageState, seen = new Set<MessageState>()): Set<MessageState> {
  for (const next of messageMoves[from]) {
    if (seen.has(next)) continue;
    seen.add(next);
    reach(next, seen);
  }
  return seen;
}

describe('the moves of a message', () => {
  test('every state can be reached from waiting', () => {
    expect([...reach('waiting'), 'waiting'].sort()).toEqual(expect.arrayContaining([...messageStates].sort()));
  });

  test('what is sent, suppressed or cancelled stays so', () => {
    const ends = messageStates.filter((state) => messageMoves[state].length === 0);
    expect(ends).toEqual(['sent', 'suppressed', 'cancelled']);
  });

  test('nothing is sent that was not marked as being sent, nor uncertain that no worker ever had', () => {
    const comesFrom = (state: MessageState) => messageStates.filter((from) => messageMoves[from].includes(state));
    // From waiting: a repeat, whose first was being sent, that its step has outlived.
    expect(comesFrom('uncertain')).toEqual(['waiting', 'claimed', 'sending']);
    expect(comesFrom('sent')).toEqual(['sending']);
  });

  test('whoever is being mailed can no longer be suppressed', () => {
    expect(messageMoves.sending).not.toContain('suppressed');
  });
});
