/** A column's name as it is compared: `E-mail_Address`, `e mail address` and `EmailAddress` are one; accents go. */
export function foldHeader(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
