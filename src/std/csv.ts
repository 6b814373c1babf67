/**
 * Lines of a CSV file (RFC 4180) that a spreadsheet may open: a cell that it would run as a formula is
 * shown as text instead, by an apostrophe before it (OWASP, CSV injection).
 */
const NUMBER = /^-?\d+(\.\d+)?$/;
/** Also the wide forms of the signs, which some programs take for the usual ones. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

/** One line with its end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
