import { describe, expect, it } from "vitest";
import { checkValues, InvalidValue } from "./check";

const ID = "019a0000-0000-7000-8000-000000000001";
const reason = (kind: Parameters<typeof checkValues>[0], values: Record<string, unknown>, creating = false): string => {
  try {
    checkValues(kind, values, creating);
    return "";
  } catch (error) {
    return error instanceof InvalidValue ? error.path : String(error);
  }
};

describe("checking values before they are frozen", () => {
  it.each([
    ["asset", { site: ID, name: "采".repeat(200), tokens: { add: ["0123456789AB"], del: [] }, value: "-12.50", made_on: "2024-02", config: { os: "x" }, note: null }],
    ["round", { site: ID, title: "t", assets: [ID], status: ["", "active"] }],
    ["inspection", { results: [{ item: "a", answer: "1", state: "normal", severity: null, photos: [ID] }], presence: { by: "scan", at: 1 } }],
    ["category", { key: "pc", name: { zh: "电脑" } }],
  ] as const)("takes a good %s", (kind, values) => {
    expect(reason(kind, values)).toBe("");
  });

  it.each([
    ["asset", { nme: "x" }, "nme"],
    ["asset", { site: "1" }, "site"],
    ["asset", { name: "采".repeat(201) }, "name"],
    ["asset", { note: "x".repeat(10_001) }, "note"],
    ["asset", { value: "1,000" }, "value"],
    ["asset", { tokens: ["0123456789AB"] }, "tokens"],
    ["asset", { status: "new" }, "status"],
    ["asset", { config: { os: 11 } }, "config.os"],
    ["round", { status: "active" }, "status"],
    ["round", { assets: Array.from({ length: 501 }, () => ID) }, "assets"],
    ["inspection", { results: [{ item: "a", answer: "1" }] }, "results[0].state"],
    ["inspection", { results: [{ item: "a", answer: 1, state: "normal" }] }, "results[0].answer"],
    ["inspection", { started_at: 1.5 }, "started_at"],
    ["photo", { arrived_at: 1 }, "arrived_at"],
    ["conflict", { status: "settled" }, "conflict"],
  ] as const)("refuses a bad %s %j", (kind, values, path) => {
    expect(reason(kind, values)).toBe(path);
  });

  it("asks for what a new record needs", () => {
    expect(reason("asset", { name: "x" }, true)).toBe("site");
    expect(reason("round", { site: ID, title: "t", assets: [] }, true)).toBe("assets");
    expect(reason("asset", { name: "x" }, false)).toBe("");
  });

  it("counts characters, not UTF-16 units", () => {
    expect(reason("asset", { name: "😀".repeat(200) })).toBe("");
  });
});
