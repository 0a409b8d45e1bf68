/** A table as a spreadsheet reads it, with nothing in it that a spreadsheet would run. */

/** Cells that a spreadsheet takes for a formula; a leading apostrophe makes them text. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvCell(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With a byte order mark, so that spreadsheets know that it is UTF-8. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
