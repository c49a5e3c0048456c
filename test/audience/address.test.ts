import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from '../../src/audience/address.js';

describe('an address', () => {
  test.each([
    ['anna@contoso.com', 'anna@contoso.com', 'anna@contoso.com'],
    ['  Anna.Jansen@CONTOSO.com\t', 'Anna.Jansen@contoso.com', 'anna.jansen@contoso.com'],
    ['\u00a0anna@contoso.com', 'anna@contoso.com', 'anna@contoso.com'],
    ['Anna+HR+x@contoso.com', 'Anna+HR+x@contoso.com', 'anna@contoso.com'],
    ['+anna@contoso.com', '+anna@contoso.com', '+anna@contoso.com'],
    ["o'neil@contoso.com", "o'neil@contoso.com", "o'neil@contoso.com"],
    ['jo@München.example', 'jo@xn--mnchen-3ya.example', 'jo@xn--mnchen-3ya.example'],
    ['jo@XN--mnchen-3ya.example', 'jo@xn--mnchen-3ya.example', 'jo@xn--mnchen-3ya.example'],
    ['jo@例え.テスト', 'jo@xn--r8jz45g.xn--zckzah', 'jo@xn--r8jz45g.xn--zckzah'],
    [
      'eve_fabrikam.com#EXT#@c.onmicrosoft.com',
      'eve_fabrikam.com#EXT#@c.onmicrosoft.com',
      'eve_fabrikam.com#ext#@c.onmicrosoft.com',
    ],
    [`${'a'.repeat(64)}@x.test`, `${'a'.repeat(64)}@x.test`, `${'a'.repeat(64)}@x.test`],
  ])('%j', (text, address, key) => {
    expect(parseAddress(text)).toEqual({ address, key });
  });
});

describe('no address', () => {
  const long = `abcdefg@${`${'b'.repeat(60)}.`.repeat(4)}test`;
  test.each([
    ['', /is empty/],
    ['anna', /no "@"/],
    ['@x.test', /nothing before/],
    ['a@', /nothing behind/],
    ['a@@x.test', /more than one "@"/],
    ['a@b@x.test', /more than one "@"/],
    ['a@x', /no dot/],
    ['a@x.', /a dot too many/],
    ['a@.x.test', /a dot too many/],
    ['a@-x.test', /"-x" is not allowed/],
    ['a@x_y.test', /"x_y" is not allowed/],
    [`a@${'b'.repeat(64)}.test`, /not allowed/],
    ['a@127.0.0.1', /ends in a number/],
    ['a@１２７.0.0.1', /ends in a number/],
    ['a@[127.0.0.1]', /by number/],
    ['a@ü%2e.test', /not a valid international domain/],
    ['a@xn--zzzzzzz-999.test', /not a valid international domain/],
    ['a@ex\u00adample.test', /invisible/],
    ['a@x.test\u200b', /invisible/],
    ['a\u0000b@x.test', /control/],
    ['a@x.test\nBcc: b@x.test', /line break/],
    ['a@x.test\r', /line break/],
    ['mailto:a@x.test', /mailto/],
    ['<a@x.test>', /angle brackets/],
    ['Anna <a@x.test>', /angle brackets/],
    ['@relay.test:a@x.test', /more than one "@"/],
    ['a@x.test,b@x.test', /exactly one/],
    ['a@x.test;b@x.test', /exactly one/],
    ['a@x.test b@x.test', /space/],
    ['"a b"@x.test', /quoted/],
    ['a\\b@x.test', /quoted/],
    ['a(comment)@x.test', /comment/],
    ['.a@x.test', /dot at the start/],
    ['a.@x.test', /dot at the start/],
    ['a..b@x.test', /two in a row/],
    ['a:b@x.test', /no address has/],
    ['josé@x.test', /"é" before the "@"/],
    [`${'a'.repeat(65)}@x.test`, /more than 64/],
    [long, /longer than 254/],
  ])('%j', (text, reason) => {
    expect(parseAddress(text)).toEqual({ refusal: expect.stringMatching(reason) });
  });
});

test('whatever is accepted is one bare mailbox that stays as it is, and its key stands for it', () => {
  const unit = fc.constantFrom(
    'a',
    'B',
    '.',
    '@',
    '+',
    '-',
    ',',
    '<',
    '"',
    ' ',
    'é',
    '\n',
    '1',
    'x.test',
    'ü.test',
    '@x.test',
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 10 }), (text) => {
      const parsed = parseAddress(text);
      if ('refusal' in parsed) return;
      expect(parsed.address).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
      expect(parsed.address).not.toMatch(/[,;<>"()\s]/);
      expect(parseAddress(parsed.address)).toEqual(parsed);
      expect(parseAddress(parsed.address.toUpperCase())).toMatchObject({ key: parsed.key });
      expect(parseAddress(parsed.key)).toEqual({ address: parsed.key, key: parsed.key });
    }),
    { numRuns: 2_000 },
  );
});
