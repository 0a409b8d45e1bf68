import { describe, expect, it } from "vitest";
import { opensOffline, outboxWord } from "./model";

describe("what the settings say of the outbox", () => {
  it("is what needs a person first", () => {
    expect(outboxWord({ pendingOps: 3, pendingBlobs: 2, attention: 1 })).toEqual({ word: "attention", n: 1 });
  });

  it("counts entries and files that wait", () => {
    expect(outboxWord({ pendingOps: 3, pendingBlobs: 2, attention: 0 })).toEqual({ word: "some", n: 5 });
    expect(outboxWord({ pendingOps: 0, pendingBlobs: 0, attention: 0 })).toEqual({ word: "none" });
  });
});

it("says that a lock opens offline only for somebody whose PIN this phone knows", () => {
  const people = [
    { id: "a", pin: true },
    { id: "b", pin: false },
  ];
  expect(opensOffline(people, "a")).toBe(true);
  expect(opensOffline(people, "b")).toBe(false);
  expect(opensOffline(people, undefined)).toBe(false);
});
