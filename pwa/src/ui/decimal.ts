/** Decimals are text: "36.5" stays "36.5". These do the little arithmetic that screens need, without binary rounding. */

const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?$/;

interface Scaled {
  readonly units: bigint;
  readonly digits: number;
}

function scale(text: string): Scaled | null {
  const found = PLAIN.exec(text.trim());
  if (!found) return null;
  const [, sign = "", whole = "", fraction = ""] = found;
  if (whole === "" && fraction === "") return null;
  const units = BigInt(`${whole}${fraction}`);
  return { units: sign === "-" ? -units : units, digits: fraction.length };
}

const widen = (value: Scaled, digits: number): bigint => value.units * 10n ** BigInt(digits - value.digits);

function write(units: bigint, digits: number): string {
  const negative = units < 0n;
  const text = (negative ? -units : units).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const fraction = digits > 0 ? `.${text.slice(text.length - digits)}` : "";
  return `${negative ? "-" : ""}${whole}${fraction}`;
}

/**
 * What a person typed, as a decimal text: full-width digits and the Chinese full stop are understood, a comma is a
 * decimal point where there is only one and no point. null: not a number.
 */
export function readDecimal(typed: string): string | null {
  let text = typed
    .normalize("NFKC")
    .trim()
    .replace(/[。．]/g, ".")
    .replace(/[−–]/g, "-")
    .replace(/\s/g, "");
  if (!text.includes(".") && (text.match(/,/g) ?? []).length === 1 && !/,\d{3}$/.test(text)) text = text.replace(",", ".");
  text = text.replaceAll(",", "");
  const value = scale(text);
  if (!value) return null;
  return write(value.units, value.digits);
}

/** -1, 0 or 1; null where one of them is no number. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 | null {
  const [left, right] = [scale(a), scale(b)];
  if (!left || !right) return null;
  const digits = Math.max(left.digits, right.digits);
  const [x, y] = [widen(left, digits), widen(right, digits)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Whether the value lies in the range, both ends included; an end that is missing does not bound it. */
export function inRange(value: string, low: string | null | undefined, high: string | null | undefined): boolean {
  return (low == null || compareDecimals(value, low) !== -1) && (high == null || compareDecimals(value, high) !== 1);
}

/** One step up or down from a value: `stepDecimal("36.5", "1", 1)` is "37.5". */
export function stepDecimal(value: string, step: string, direction: 1 | -1): string {
  const [from, by] = [scale(value) ?? { units: 0n, digits: 0 }, scale(step) ?? { units: 1n, digits: 0 }];
  const digits = Math.max(from.digits, by.digits);
  return write(widen(from, digits) + BigInt(direction) * widen(by, digits), digits);
}
