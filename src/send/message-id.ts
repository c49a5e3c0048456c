import { createHmac } from 'node:crypto';

/**
 * Message-ID of one message (RFC 5322 3.6.4), without angle brackets. The same campaign, step and person always give
 * the same one, and nobody can read or guess the person from it.
 */
export function createMessageId(
  secret: Buffer,
  {
    campaignId,
    stepId,
    personKey,
    senderAddress,
  }: Record<'campaignId' | 'stepId' | 'personKey' | 'senderAddress', string>,
): string {
  const digest = createHmac('sha256', secret)
    .update(`message-id\n${campaignId}\n${stepId}\n${personKey}`)
    .digest('hex');
  return `${digest.slice(0, 40)}@${senderAddress.slice(senderAddress.lastIndexOf('@') + 1)}`;
}
