import { describe, expect, it } from "vitest";
import { roomOf, skewOf, spokenId } from "./model";

describe("the clock", () => {
  const now = 1_700_000_000_000;

  it("agrees within what a network delays", () => {
    expect(skewOf(now, now + 200, now + 100).is).toBe("agrees");
    expect(skewOf(now, now + 20_000, now + 1000).is).toBe("agrees");
  });

  it("is ahead or behind, in the largest unit of which there are two", () => {
    expect(skewOf(now, now, now - 40_000)).toEqual({ is: "ahead", n: 40, unit: "seconds" });
    expect(skewOf(now, now, now + 119_000)).toEqual({ is: "behind", n: 119, unit: "seconds" });
    expect(skewOf(now, now, now + 180_000)).toEqual({ is: "behind", n: 3, unit: "minutes" });
    expect(skewOf(now, now, now - 8 * 3_600_000)).toEqual({ is: "ahead", n: 8, unit: "hours" });
    expect(skewOf(now, now, now + 3 * 86_400_000)).toEqual({ is: "behind", n: 3, unit: "days" });
  });
});

describe("room on the phone", () => {
  it("is almost full above nine tenths", () => {
    expect(roomOf({ usage: 91, quota: 100 })).toEqual({ used: 91, quota: 100, almostFull: true });
    expect(roomOf({ usage: 10, quota: 100 })?.almostFull).toBe(false);
  });

  it("is not guessed where the browser says nothing", () => {
    expect(roomOf(undefined)).toBeNull();
    expect(roomOf({ usage: 5 })).toEqual({ used: 5, quota: undefined, almostFull: false });
  });
});

it("writes an install in fours", () => {
  expect(spokenId("abcdefghij")).toBe("abcd efgh ij");
});
