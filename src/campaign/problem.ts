/** One thing that is wrong with what a person gave us, told so that they can mend it. */
export interface Problem {
  /** The file as the person named it. */
  file?: string;
  /** 1-based. */
  line?: number;
  /** 1-based, in characters. */
  column?: number;
  /** Where inside the file: `launch.zone`, `steps[1].kind`, or a CSV column. */
  field?: string;
  /** What was found, and what is allowed. */
  message: string;
  /** What to do, where the message does not say it: `did you mean "available-now"?` */
  hint?: string;
}

/** Input that cannot be used. Nothing has been changed; the command ends with exit code 2. */
export class BadInput extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[] | string) {
    const list = typeof problems === 'string' ? [{ message: problems }] : problems;
    super(list.map(formatProblem).join('\n'));
    this.name = 'BadInput';
    this.problems = list;
  }
}

/** Something of the world that does not answer or refuses us: a server, a disk. Exit code 1. */
export class Unavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unavailable';
  }
}

/** `file:line:column: field: message (hint)`, the form editors and terminals make clickable. */
export function formatProblem({ file, line, column, field, message, hint }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return [place, field, hint ? `${message} (${hint})` : message].filter(Boolean).join(': ');
}
