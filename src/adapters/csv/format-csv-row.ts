/**
 * One row of a CSV, without its line end (RFC 4180). A cell that begins with `=`, `+`, `-`, `@`, tab or CR gets an
 * apostrophe before it, so that no spreadsheet runs it (OWASP, "CSV Injection"); a cell that begins with apostrophes
 * before such a character gets one more, so that exactly one can be taken off again.
 */
export function formatCsvRow(cells: readonly string[], delimiter = ','): string {
  return cells.map((cell) => writeCell(cell, delimiter)).join(delimiter);
}

function writeCell(text: string, delimiter: string): string {
  const guarded = /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  // A leading space or quote is quoted too, since some readers trim or unquote otherwise.
  const plain = !guarded.includes(delimiter) && !/["\r\n]|^\s|\s$/.test(guarded);
  return plain ? guarded : `"${guarded.replaceAll('"', '""')}"`;
}
