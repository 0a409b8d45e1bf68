import { describe, expect, it } from "vitest";
import type { Row } from "../engine/head";
import { readRows, writeRows } from "./rows";

const ROWS: Row[] = [
  { q: 1, k: "asset", r: "a", v: { name: "核心\n交换机", note: null }, w: "op1" },
  { q: 2, k: "inspection", r: "b", v: { results: [{ item: "x" }] }, w: "op2", o: { results: "op3" }, h: "ff" },
  { q: 3, k: "asset", r: "c", v: {}, w: "op4", d: 1 },
  { q: 4, r: "a", gone: 1 },
];

describe("rows as text", () => {
  it("come back as they were", () => {
    const back = readRows(writeRows(ROWS));
    for (const [index, row] of ROWS.entries()) {
      expect(back[index]).toMatchObject({ q: row.q, r: row.r, k: row.k ?? "", v: row.v ?? {}, w: row.w ?? "" });
      expect([back[index]?.o, back[index]?.h, back[index]?.d, back[index]?.gone]).toEqual([row.o, row.h, row.d, row.gone]);
    }
  });

  it("hold none for a page without rows", () => {
    expect(readRows(writeRows([]))).toEqual([]);
  });

  it("are parsed once, at the first look", () => {
    const [row] = readRows(writeRows(ROWS));
    expect(row?.v).toBe(row?.v);
  });
});
