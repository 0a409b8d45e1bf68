import { expect, test } from "vitest";
import { compareDecimals, inRange, readDecimal, stepDecimal } from "./decimal";

test("steps without binary rounding and keep the digits shown", () => {
  expect(stepDecimal("0.1", "0.2", 1)).toBe("0.3");
  expect(stepDecimal("36.50", "1", 1)).toBe("37.50");
  expect(stepDecimal("1", "0.5", -1)).toBe("0.5");
  expect(stepDecimal("0", "1", -1)).toBe("-1");
  expect(stepDecimal("-0.5", "0.25", -1)).toBe("-0.75");
});

test("reads what people type on a Chinese keyboard", () => {
  expect(readDecimal("４３．５")).toBe("43.5");
  expect(readDecimal("43。5")).toBe("43.5");
  expect(readDecimal(" −5 ")).toBe("-5");
  expect(readDecimal("43,5")).toBe("43.5");
  expect(readDecimal("1,250")).toBe("1250");
  expect(readDecimal(".5")).toBe("0.5");
  expect(readDecimal("007")).toBe("7");
  expect(readDecimal("-0")).toBe("0");
});

test("refuses what is no plain number", () => {
  for (const typed of ["", "-", ".", "1e5", "abc", "4 3 x", "1.2.3", "∞"]) expect(readDecimal(typed)).toBeNull();
});

test("ranges include both ends, whatever the digits", () => {
  expect(inRange("10.00", "10", "70")).toBe(true);
  expect(inRange("70", "10", "70.0")).toBe(true);
  expect(inRange("70.01", "10", "70")).toBe(false);
  expect(inRange("9", null, "70")).toBe(true);
  expect(compareDecimals("2", "10")).toBe(-1);
  expect(compareDecimals("x", "10")).toBeNull();
});
