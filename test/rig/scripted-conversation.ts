import type { Socket } from 'node:net';
import type { Ledger, Offer, Reaction, SmtpScript } from './smtp-script.js';

/** One connection of the scripted server: reads commands and messages, and reacts as the script says. */
export class ScriptedConversation {
  readonly #socket: Socket;
  readonly #script: SmtpScript;
  readonly #ledger: Ledger;
  #buffer = '';
  #from = '';
  #to: string[] = [];
  #offer: Offer = { to: '', attempt: 0, number: 0, ofConnection: 0 };
  #inData = false;
  #inTransaction = false;
  #writing = Promise.resolve();

  constructor(socket: Socket, script: SmtpScript, ledger: Ledger) {
    this.#socket = socket;
    this.#script = script;
    this.#ledger = ledger;
    this.#react(script.banner?.() ?? '220 scripted.test ESMTP');
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      ledger.heard.push(text);
      this.#buffer += text;
      while (this.#inData ? this.#takeMessage() : this.#takeCommand());
    });
  }

  #react(reaction: Reaction): void {
    if (reaction === 'drop') this.#socket.destroy();
    else if (reaction !== 'hang') this.#write(reaction.endsWith('\r\n') ? reaction : `${reaction}\r\n`);
  }

  #write(text: string): void {
    if (!this.#script.byteByByte) {
      this.#socket.write(text);
      return;
    }
    this.#writing = this.#writing.then(async () => {
      for (const byte of text) {
        this.#socket.write(byte);
        await new Promise((done) => setTimeout(done, 1));
      }
    });
  }

  /** False where the rest is still to come. */
  #takeCommand(): boolean {
    const end = this.#buffer.indexOf('\r\n');
    if (end < 0 || this.#socket.destroyed) return false;
    const line = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 2);
    this.#obey(line.slice(0, 4).toUpperCase(), line);
    return true;
  }

  #obey(verb: string, line: string): void {
    const script = this.#script;
    if (verb === 'EHLO' || verb === 'HELO') this.#react(script.ehlo?.() ?? '250 scripted.test');
    else if (verb === 'AUTH') this.#react(script.auth?.(line) ?? '235 2.7.0 welcome');
    else if (verb === 'MAIL') this.#takeSender(line);
    else if (verb === 'RCPT') this.#takeRecipient(line);
    else if (verb === 'DATA') this.#beginMessage();
    else if (verb === 'NOOP') this.#react('250 2.0.0 ok');
    else if (verb === 'RSET') {
      this.#inTransaction = false;
      this.#react(script.rset?.() ?? '250 2.0.0 ok');
    } else if (verb === 'QUIT') {
      this.#react(script.quit?.() ?? '221 2.0.0 bye');
      if (!script.quit) this.#socket.end();
    } else this.#react('502 5.5.2 not here');
  }

  #takeSender(line: string): void {
    this.#from = /<(.*?)>/.exec(line)?.[1] ?? '';
    this.#to = [];
    const reaction = this.#inTransaction ? '503 5.5.1 nested MAIL command' : (this.#script.mail?.() ?? '250 2.1.0 ok');
    this.#inTransaction ||= reaction.startsWith('2');
    this.#react(reaction);
  }

  #takeRecipient(line: string): void {
    const { attempts } = this.#ledger;
    const address = /<(.*?)>/.exec(line)?.[1] ?? '';
    const attempt = (attempts.get(address) ?? 0) + 1;
    attempts.set(address, attempt);
    this.#ledger.offers += 1;
    this.#offer = { to: address, attempt, number: this.#ledger.offers, ofConnection: this.#offer.ofConnection + 1 };
    const reaction = this.#script.rcpt?.(this.#offer) ?? '250 2.1.5 ok';
    if (reaction.startsWith('2')) this.#to.push(address);
    this.#react(reaction);
  }

  #beginMessage(): void {
    const isForNobody = this.#to.length === 0 && !this.#script.takesDataForNobody;
    const reaction = isForNobody ? '503 5.5.1 no recipient' : (this.#script.data?.(this.#offer) ?? '354 go ahead');
    this.#inData = reaction.startsWith('354');
    this.#react(reaction);
  }

  /** False where the rest is still to come. */
  #takeMessage(): boolean {
    const script = this.#script;
    const offer = this.#offer;
    const interruption = this.#buffer === '' ? undefined : script.body?.(offer);
    if (interruption) {
      this.#react(interruption);
      this.#socket.end();
    }
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    // A message that begins with the final dot is empty.
    const end = this.#buffer.startsWith('.\r\n') ? -2 : this.#buffer.indexOf('\r\n.\r\n');
    if (end === -1) return false;
    const raw = this.#buffer.slice(0, end + 2).replace(/^\.\./gm, '.');
    this.#buffer = this.#buffer.slice(end + 5);
    this.#inData = false;
    this.#inTransaction = false;
    const reaction = script.dot?.(offer) ?? '250 2.0.0 accepted';
    const isTaken = script.keeps?.(offer) ?? (reaction === 'drop-accepted' || reaction.startsWith('2'));
    if (isTaken && this.#to.length > 0)
      this.#ledger.accepted.push({ from: this.#from, to: [...this.#to], raw, takenAt: Date.now() });
    const answer = () => {
      this.#react(reaction === 'drop-accepted' ? 'drop' : reaction);
      if (script.afterDot?.(offer) === 'close') this.#socket.end();
    };
    if (script.dotDelayMs) setTimeout(answer, script.dotDelayMs);
    else answer();
    return true;
  }
}
