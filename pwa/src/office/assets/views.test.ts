import { expect, test, vi } from "vitest";

vi.mock("../../engine/api", () => ({ store: {} }));
const { daysUntil, warrantyOf } = await import("./views");

const now = Date.UTC(2026, 10, 19, 8);

test("a warranty lasts until the end of its day, month or year", () => {
  expect(daysUntil("2026-11-19", now)).toBe(0);
  expect(daysUntil("2026-11", now)).toBe(11);
  expect(daysUntil("2026", now)).toBe(42);
  expect(daysUntil("soon", now)).toBeNull();
});

test.each([
  ["2026-11-18", "over"],
  ["2026-11-19", "soon"],
  ["2027-02-17", "soon"],
  ["2027-02-18", "covered"],
  [null, "unknown"],
])("warranty until %s is %s", (date, expected) => {
  expect(warrantyOf(date, now)).toBe(expected);
});
