import { describe, expect, it } from "vitest";
import { deviceKind, invitationOf, isElsewhere, mustInstallFirst, pinProblem } from "./model";

const TOKEN = "q3bV_9sPz0xY-7kLmNoPqRsTuVwXyZ12";

describe("an invitation", () => {
  it("is read from the whole link or from the token alone", () => {
    expect(invitationOf(` https://site.example.com/enrol#${TOKEN}\n`)).toBe(TOKEN);
    expect(invitationOf(TOKEN)).toBe(TOKEN);
  });

  it("is not seen in other texts", () => {
    for (const text of ["", "hello", "https://site.example.com/A/7Q2MX4K9PT3V", "https://site.example.com/enrol#", "a b c d e f g h i j k l"])
      expect(invitationOf(text)).toBeNull();
  });

  it("of another address is told apart", () => {
    expect(isElsewhere(`https://other.example/enrol#${TOKEN}`, "https://site.example.com")).toBe(true);
    expect(isElsewhere(`https://site.example.com/enrol#${TOKEN}`, "https://site.example.com")).toBe(false);
    expect(isElsewhere(TOKEN, "https://site.example.com")).toBe(false);
  });
});

describe("a PIN", () => {
  it("says what is wrong with it", () => {
    expect(pinProblem("12a456", "12a456")).toBe("digits");
    expect(pinProblem("19374", "19374")).toBe("short");
    expect(pinProblem("1937481937481", "1937481937481")).toBe("long");
    expect(pinProblem("111111", "111111")).toBe("weak");
    expect(pinProblem("345678", "345678")).toBe("weak");
    expect(pinProblem("987654", "987654")).toBe("weak");
    expect(pinProblem("193748", "193749")).toBe("differs");
    expect(pinProblem("193748", "193748")).toBeNull();
  });
});

describe("the device", () => {
  it("is an iPad even where it says Mac", () => {
    expect(deviceKind("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5)).toBe("ipad");
    expect(deviceKind("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 0)).toBe("mac");
    expect(deviceKind("Mozilla/5.0 (Linux; Android 14; Pixel 8)", 5)).toBe("android");
  });

  it("of Apple enrols inside the installed app", () => {
    expect(mustInstallFirst("iphone", false)).toBe(true);
    expect(mustInstallFirst("iphone", true)).toBe(false);
    expect(mustInstallFirst("android", false)).toBe(false);
  });
});
