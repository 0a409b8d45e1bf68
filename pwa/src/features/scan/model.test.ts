import { describe, expect, test } from "vitest";
import { readScanned, readTyped, type Lookup } from "./model";

const ORIGIN = "https://site.example.com";
const TOKEN = "0123456789AB";
const lookup: Lookup = {
  byToken: (token) => (token === TOKEN ? [{ id: "a" }] : []),
  byCode: (code) => ({ "D010210-009": [{ id: "b" }], TWICE: [{ id: "b" }, { id: "c" }] })[code.toUpperCase()] ?? [],
};

describe("a scanned text", () => {
  test("leads to the asset of our own label, in the capitals of print", () => {
    expect(readScanned(`HTTPS://SITE.EXAMPLE.COM/A/${TOKEN}`, ORIGIN, lookup)).toEqual({ kind: "label", token: TOKEN, assets: ["a"] });
  });

  test("is never followed to another host, even where its token is known", () => {
    expect(readScanned(`https://evil.example/A/${TOKEN}`, ORIGIN, lookup)).toMatchObject({ kind: "foreign", token: TOKEN, assets: ["a"] });
    expect(readScanned("https://example.org/x", ORIGIN, lookup)).toMatchObject({ kind: "foreign", assets: [] });
  });

  test("may be a position code, which may stand on two assets", () => {
    expect(readScanned("d010210-009", ORIGIN, lookup)).toEqual({ kind: "asset", id: "b" });
    expect(readScanned("TWICE", ORIGIN, lookup)).toMatchObject({ kind: "several", assets: ["b", "c"] });
    expect(readScanned("WIFI:S:guest;;", ORIGIN, lookup)).toEqual({ kind: "unknown", text: "WIFI:S:guest;;" });
  });
});

test("a typed text is a code before it is a label, and full width is understood", () => {
  expect(readTyped(" Ｄ010210-009 ", ORIGIN, lookup)).toEqual({ kind: "asset", id: "b" });
  expect(readTyped("0123-4567-89ab", ORIGIN, lookup)).toEqual({ kind: "label", token: TOKEN, assets: ["a"] });
  expect(readTyped("ZZZZZZZZZZZZ", ORIGIN, lookup)).toEqual({ kind: "label", token: "ZZZZZZZZZZZZ", assets: [] });
});
