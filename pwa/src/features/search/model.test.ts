import { expect, test } from "vitest";
import { lineFor, RECENT_MAX, withRecent } from "./model";

test("what was looked at stands once, the latest first, and the list does not grow for ever", () => {
  expect(withRecent(["a", "b"], "b")).toEqual(["b", "a"]);
  const many = Array.from({ length: RECENT_MAX }, (_, index) => `${index}`);
  expect(withRecent(many, "new")).toHaveLength(RECENT_MAX);
});

test("the arrow keys walk from the field into the list and back", () => {
  expect(lineFor("ArrowDown", -1, 3)).toBe(0);
  expect(lineFor("ArrowDown", 2, 3)).toBe(2);
  expect(lineFor("ArrowUp", 0, 3)).toBe(-1);
  expect(lineFor("End", 0, 3)).toBe(2);
  expect(lineFor("Home", -1, 3)).toBeUndefined();
  expect(lineFor("x", 0, 3)).toBeUndefined();
});
