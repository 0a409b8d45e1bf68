import { expect, test } from "vitest";
import { meaningOf, spoken } from "./model";

const holds = (count: number, issued = false) => () => ({ assets: Array.from({ length: count }, (_, id) => ({ id: `a${id}` })), issued });

test("a token means its asset, in any case and with the letters people misread", () => {
  expect(meaningOf("o123456789ab", holds(1))).toEqual({ kind: "asset", token: "0123456789AB", asset: "a0" });
});

test("two assets on one label are a clash, and none makes it blank or unknown", () => {
  expect(meaningOf("0123456789AB", holds(2)).kind).toBe("clash");
  expect(meaningOf("0123456789AB", holds(0, true)).kind).toBe("blank");
  expect(meaningOf("0123456789AB", holds(0)).kind).toBe("unknown");
});

test("what has not the form of a token is said to be none", () => {
  expect(meaningOf("hello", holds(1)).kind).toBe("bad");
});

test("a token is read out in fours", () => expect(spoken("0123456789AB")).toBe("0123 4567 89AB"));
