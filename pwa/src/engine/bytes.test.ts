import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonical, fromBase64url, toBase64url, type Json } from "./bytes";
import { seeded } from "./testing/world";

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/canonical.json", import.meta.url), "utf8")) as {
  canonical: { value: Json; text: string }[];
};

describe("canonical JSON", () => {
  it("writes the shared vectors byte for byte", () => {
    expect(vectors.canonical.length).toBeGreaterThan(10);
    for (const { value, text } of vectors.canonical) expect(canonical(value)).toBe(text);
  });

  it("reads back to the same value, whatever the order of the keys", () => {
    const random = seeded(7);
    for (let round = 0; round < 500; round++) {
      const value = anyJson(random, 4);
      const text = canonical(value);
      expect(JSON.parse(text)).toEqual(value);
      expect(canonical(shuffled(value, random))).toBe(text);
    }
  });

  it("leaves out members that are undefined", () => {
    expect(canonical({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it.each([[0.5], [2 ** 53], [Number.NaN], [Number.POSITIVE_INFINITY], ["\ud800"], ["x\udc00"]])("refuses %j", (value) => {
    expect(() => canonical(value)).toThrow(RangeError);
    expect(() => canonical({ deep: [value] })).toThrow(RangeError);
  });

  it("writes minus zero as zero", () => {
    expect(canonical(-0)).toBe("0");
  });
});

describe("base64url", () => {
  it("reads back what it wrote, at every length", () => {
    const random = seeded(3);
    for (let size = 0; size < 70; size++) {
      const bytes = Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
      const text = toBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64url(text)).toEqual(bytes);
    }
  });

  it.each(["A", "AA=", "A+==", "é"])("refuses %j", (text) => {
    expect(() => fromBase64url(text)).toThrow(RangeError);
  });
});

const CHARS = ["a", "é", "采", "😀", '"', "\\", "\n", "\u0001", "\u2028", "\u007f", "ﬁ", "/", "="];

function anyText(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 6) }, () => CHARS[Math.floor(random() * CHARS.length)]).join("");
}

function anyJson(random: () => number, depth: number): Json {
  const pick = Math.floor(random() * (depth > 0 ? 7 : 5));
  if (pick === 0) return null;
  if (pick === 1) return random() < 0.5;
  if (pick <= 3) return random() < 0.5 ? Math.floor((random() - 0.5) * 2 ** 53) : anyText(random);
  if (pick === 4) return anyText(random);
  const size = Math.floor(random() * 5);
  if (pick === 5) return Array.from({ length: size }, () => anyJson(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [anyText(random), anyJson(random, depth - 1)]));
}

function shuffled(value: Json, random: () => number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(() => random() - 0.5);
  return Object.fromEntries(entries.map(([key, item]) => [key, shuffled(item ?? null, random)]));
}
