import { expect, test } from "vitest";
import { positionOnRuler } from "./rangeScale";

test("the normal range takes the middle of the ruler", () => {
  expect(positionOnRuler("10", "10", "70")).toBe(15);
  expect(positionOnRuler("70", "10", "70")).toBe(85);
});
test("values far outside stay at the ruler's ends", () => {
  expect(positionOnRuler("-500", "10", "70")).toBe(0);
  expect(positionOnRuler("1e9", "10", "70")).toBe(100);
});
test("a range of one value does not divide by nothing", () => expect(positionOnRuler("5", "5", "5")).toBe(15));
