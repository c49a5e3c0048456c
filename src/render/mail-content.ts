/** What goes into a mail and what comes out of it: the words of this stage. */

/** Everything a step is rendered from, as stored with the campaign: nothing is read from disk at send time. */
export interface MailContent {
  /** By name: `layout.mjml`, `layout.txt.hbs`, `pack/<template>.mjml`, `pack/<template>.txt.hbs`, `pack/strings/<locale>.json`. */
  files: Readonly<Record<string, string>>;
  logo: { contentType: 'image/png' | 'image/jpeg' | 'image/gif'; base64: string; fileName: string };
}

/** The values of one person that a mail may show. */
export interface MailPerson {
  address: string;
  firstName?: string;
  displayName?: string;
  /** Language tag after BCP 47; the campaign's applies where it is absent or has no texts. */
  locale?: string;
  /** Further columns of the list, by header. */
  attributes: Readonly<Record<string, string>>;
}

export interface MailMoment {
  /** When the registration data was true; absent where nobody has imported any. */
  asOf?: Date;
  /** reconfirmation: `YYYY-MM-DD`, until when this person's registration counts. */
  confirmBy?: string;
}

export interface FilledMail {
  locale: string;
  subject: string;
  previewText: string;
  html: string;
  text: string;
}

export interface FilledEntity {
  locale: string;
  subject: string;
  /** ASCII with CRLF; begins with its own Content-Type header. */
  entity: string;
}

/** One step, ready to be filled for any person of the audience. */
export interface CompiledStep {
  /** Locales the pack has texts for, sorted. */
  locales: readonly string[];
  /** Columns of the list that this step needs, as `{{attributes.X}}`, sorted. */
  attributes: readonly string[];
  /** Sentences for a person: a text shown in another language, a greeting without a fallback. */
  warnings: readonly string[];
  /** The locale a mail is written in: `nl-BE`, else `nl`, else the campaign's. */
  localeFor(tag: string | undefined): string;
  /** The decoded parts, for preview and tests. Throws where the person lacks a column that the mail shows. */
  fill(person: MailPerson, moment: MailMoment): FilledMail;
  /** The same mail as it is sent: multipart/alternative{text/plain, multipart/related{text/html, logo}}. */
  fillEntity(person: MailPerson, moment: MailMoment): FilledEntity;
}

/** Content-ID of the logo; the html shows it as `cid:` and this. */
export const logoContentId = 'logo@fanfare';
