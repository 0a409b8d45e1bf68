/** The pattern of document numbers, as the centre reads it: literal text, {kind} {year} {month}, and one {n} or {n:6}. */
const PART = /\{(kind|year|month)\}|\{(n)(?::([1-9]))?\}|([A-Za-z0-9\-._/]+)/g;
const LONGEST = 60;

export const DOCUMENT_PATTERN = "{kind}-{year}-{n:6}";
export const CODE_PATTERN = "{building:3}{room:4}-{n:3}";

/** What the first number of a kind would be; null: the pattern makes no numbers. */
export function documentNumber(pattern: string, kind: string, day: Date, n = 1): string | null {
  const parts = [...pattern.matchAll(PART)];
  const isWhole = parts.map((part) => part[0]).join("") === pattern;
  if (!isWhole || pattern === "" || pattern.length > LONGEST || parts.filter((part) => part[2]).length !== 1) return null;
  const values: Record<string, string> = { kind, year: String(day.getFullYear()), month: String(day.getMonth() + 1).padStart(2, "0") };
  return parts.map((part) => (part[2] ? String(n).padStart(Number(part[3] ?? 1), "0") : part[1] ? values[part[1]] : part[4])).join("");
}
