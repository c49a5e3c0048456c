import type { Transform } from 'node:stream';

/** What nodemailer takes for a stream: it is asked to flow exactly when the server has said 354. */
export class SmtpBody {
  readonly #raw: string;
  readonly #onBegin: () => void;

  constructor(raw: string, onBegin: () => void) {
    this.#raw = raw;
    this.#onBegin = onBegin;
  }

  /**
   * `target` is nodemailer's escaper of dots and line ends, a walk over every byte: half of a worker's time with mails
   * of 40 kB. Our mails are quoted-printable and need none of it; then they pass it by, with the final dot.
   */
  pipe(target: Transform): void {
    this.#onBegin();
    if (!isReadyForTheWire(this.#raw)) {
      target.end(Buffer.from(this.#raw, 'latin1'));
      return;
    }
    target.push(Buffer.from(`${this.#raw}${this.#raw.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1'));
    target.push(null);
  }

  on(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  destroy(): void {}
}

/**
 * Every line ends in CRLF, and none begins with a dot (RFC 5321 4.5.2). A CR without its LF is refused as well: some
 * servers take it for a line end (SMTP smuggling). From one line end to the next: 4 microseconds for 10 kB.
 */
function isReadyForTheWire(raw: string): boolean {
  const dot = 0x2e;
  if (raw.charCodeAt(0) === dot) return false;
  let cr = raw.indexOf('\r');
  let lf = raw.indexOf('\n');
  while (cr >= 0 || lf >= 0) {
    if (cr < 0 || lf !== cr + 1 || raw.charCodeAt(lf + 1) === dot) return false;
    cr = raw.indexOf('\r', lf);
    lf = raw.indexOf('\n', lf + 1);
  }
  return true;
}
