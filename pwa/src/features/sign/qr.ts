/** A QR code as one SVG path; upper-case addresses take the compact alphanumeric form. */
import qrcode from "qrcode-generator";

/** Modules of white around the code. */
export const QR_MARGIN = 4;

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]*$/;

export function qrPath(text: string): { path: string; size: number } {
  const code = qrcode(0, "M");
  code.addData(text, ALPHANUMERIC.test(text) ? "Alphanumeric" : "Byte");
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (code.isDark(row, column)) path += `M${column + QR_MARGIN} ${row + QR_MARGIN}h1v1h-1z`;
  return { path, size };
}
