/**
 * A message is one recipient x one step: a row with a state.
 * The sums always close: a step's audience is the sum of its messages over these eight states.
 */
export const messageStates = [
  'waiting',
  'claimed',
  'sending',
  'sent',
  'failed',
  'uncertain',
  'suppressed',
  'cancelled',
] as const;
export type MessageState = (typeof messageStates)[number];

/** Which state may follow which; the SQL of the ledger moves rows along these edges and no others. */
export const messageMoves: Readonly<Record<MessageState, readonly MessageState[]>> = {
  // Uncertain: a repeat that its step has outlived, of a mail that may have arrived.
  waiting: ['claimed', 'suppressed', 'cancelled', 'failed', 'uncertain'],
  // Back to waiting: a lease that ran out before the hand-over. Nothing was handed over, so repeating is safe.
  // Failed: a mail that cannot be built for this person.
  // Uncertain: in a database that was restored, which cannot know what became of it.
  claimed: ['sending', 'suppressed', 'waiting', 'failed', 'uncertain'],
  // Back to waiting: the server refused for now, so it is certain that nothing was accepted.
  sending: ['sent', 'failed', 'uncertain', 'waiting'],
  // Sent once more, because a person says so. Left at that it stays what it is.
  uncertain: ['waiting'],
  failed: ['waiting'],
  sent: [],
  suppressed: [],
  cancelled: [],
};

/** What is done about a message that the server may or may not have accepted. */
export const uncertainPolicies = ['resend-once', 'park'] as const;
export type UncertainPolicy = (typeof uncertainPolicies)[number];
