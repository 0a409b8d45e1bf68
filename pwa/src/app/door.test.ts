import { describe, expect, it } from "vitest";
import { doorFor, nextAddress } from "./door";

const nobody = { enrolled: false, user: undefined, locked: false };

describe("the door", () => {
  it("leads a new browser profile to the enrolment", () => {
    expect(doorFor("today", nobody)).toBe("enrol");
  });

  it("leads behind the lock to the sign-in", () => {
    expect(doorFor("asset", { enrolled: true, user: "u", locked: true })).toBe("signin");
    expect(doorFor("asset", { enrolled: true, user: undefined, locked: false })).toBe("signin");
  });

  it("lets in who is signed in, and everybody to the ways in", () => {
    expect(doorFor("asset", { enrolled: true, user: "u", locked: false })).toBeNull();
    for (const open of ["enrol", "signin", "settings", undefined] as const) expect(doorFor(open, nobody)).toBeNull();
  });

  it("goes on to pages of the app only", () => {
    expect(nextAddress("/round/1?x=2")).toBe("/round/1?x=2");
    for (const bad of [null, "", "https://evil.example", "//evil.example", "/\\evil.example"]) expect(nextAddress(bad)).toBe("/");
  });
});
