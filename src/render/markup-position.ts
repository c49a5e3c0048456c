/** Where in the html a template stands, as far as that decides how a value is written. */
export class MarkupPosition {
  /** The tag being written, from its "<"; empty between tags. */
  #openTag: string;
  #inTitle: boolean;

  constructor(openTag = '', inTitle = false) {
    this.#openTag = openTag;
    this.#inTitle = inTitle;
  }

  copy(): MarkupPosition {
    return new MarkupPosition(this.#openTag, this.#inTitle);
  }

  /** Moves past a piece of the template. */
  pass(content: string): void {
    const written = this.#openTag + content;
    const [open, close] = [written.lastIndexOf('<'), written.lastIndexOf('>')];
    this.#openTag = open > close ? written.slice(open) : '';
    if (content.includes('<')) this.#inTitle = /<(?:mj-)?title>[^<]*$/i.test(written);
  }

  /** No markup can stand here: in an attribute and in the title. */
  get isPlain(): boolean {
    return this.#openTag !== '' || this.#inTitle;
  }

  /** Why a person's value may not stand here; undefined where it may. */
  refusePerson(): string | undefined {
    if (this.#openTag === '') return undefined;
    const attribute = /([\w:-]+)\s*=\s*"[^"]*$/.exec(this.#openTag)?.[1]?.toLowerCase();
    if (attribute === undefined) return 'stands inside a tag: only a quoted attribute may hold it';
    if (/^(?:href|src|srcset|style|background|background-url|action|css-class|class|id|on.*)$/.test(attribute)) {
      return `may not stand in ${attribute}: a value from a list is never an address or a style`;
    }
    return undefined;
  }
}
