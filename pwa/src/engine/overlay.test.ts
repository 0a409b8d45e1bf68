import { describe, expect, it } from "vitest";
import { overlay, writerOf, type Base, type OwnOp } from "./overlay";

const base: Base = { q: 100, k: "asset", v: { site: "s", name: "old", note: null, tokens: ["B"] }, w: "writerAAAAAA", o: { note: "writerBBBBBB" }, d: false, h: undefined };
const round: Base = { q: 100, k: "round", v: { status: "planned" }, w: "writerAAAAAA", o: undefined, d: false, h: undefined };

const op = (n: number, values: Record<string, unknown>, more: Partial<OwnOp> = {}): OwnOp => ({
  n,
  name: `own${n}`,
  kind: "asset",
  record: "r",
  deletes: false,
  values,
  seq: undefined,
  verdict: undefined,
  ...more,
});

describe("the overlay", () => {
  it("shows the base as it is when nothing is open", () => {
    expect(overlay(base, [])).toMatchObject({ v: base.v, w: "writerAAAAAA", pending: false, deleted: false });
    expect(overlay(undefined, [])).toBeUndefined();
  });

  it("makes a record of an own op alone", () => {
    const view = overlay(undefined, [op(1, { site: "s", name: "new" })]);
    expect(view).toMatchObject({ q: 0, v: { site: "s", name: "new" }, pending: true });
    expect(writerOf(view, "name")).toBe("own1");
    expect(writerOf(view, "code")).toBeNull();
  });

  it("sets, clears and leaves fields, each with its writer", () => {
    const view = overlay(base, [op(1, { name: null, code: "D01" })]);
    expect(view?.v).toEqual({ site: "s", name: null, note: null, tokens: ["B"], code: "D01" });
    expect(["name", "code", "site", "note", "spec"].map((field) => writerOf(view, field))).toEqual([
      "own1",
      "own1",
      "writerAAAAAA",
      "writerBBBBBB",
      null,
    ]);
  });

  it("keeps the writer of a field that is set to what it was, as the centre does", () => {
    expect(writerOf(overlay(base, [op(1, { name: "old" })]), "name")).toBe("writerAAAAAA");
    expect(writerOf(overlay(base, [op(1, { note: null })]), "note")).toBe("writerBBBBBB");
    expect(writerOf(overlay(base, [op(1, { code: null })]), "code")).toBe("own1");
  });

  it("adds to and takes from a set", () => {
    const view = overlay(base, [op(1, { tokens: { add: ["C", "A"] } }), op(2, { tokens: { del: ["B"] } })]);
    expect(view?.v["tokens"]).toEqual(["A", "C"]);
  });

  it("goes a legal step, stays on an illegal one", () => {
    const step = (from: string, to: string, n = 1): OwnOp => op(n, { status: [from, to] }, { kind: "round" });
    expect(overlay(round, [step("planned", "active")])?.v["status"]).toBe("active");
    expect(overlay(round, [step("planned", "signed")])?.v["status"]).toBe("planned");
    expect(overlay(round, [step("planned", "active"), step("active", "signed", 2)])?.v["status"]).toBe("signed");
    expect(overlay(undefined, [step("", "active")])?.v["status"]).toBe("active");
  });

  it("never shows what only the centre may write", () => {
    const photo: Base = { ...base, k: "photo", v: {} };
    expect(overlay(photo, [op(1, { arrived_at: 5 }, { kind: "photo" })])?.v["arrived_at"]).toBeUndefined();
  });

  it("deletes", () => {
    expect(overlay(base, [op(1, {}, { deletes: true })])?.deleted).toBe(true);
  });

  it.each(["parked", "quarantined", "lost", "dismissed"])("takes an op off that is %s", (verdict) => {
    expect(overlay(base, [op(1, { name: "mine" }, { seq: 200, verdict })])?.v["name"]).toBe("old");
  });

  it("drops an op once the base holds its seq, and keeps it until then without calling it pending", () => {
    const confirmed = op(1, { name: "mine" }, { seq: 101, verdict: "applied" });
    expect(overlay(base, [confirmed])).toMatchObject({ v: { name: "mine" }, pending: false });
    expect(overlay({ ...base, q: 101 }, [confirmed])?.v["name"]).toBe("old");
    expect(overlay({ ...base, q: 101 }, [op(2, { name: "mine" }, { seq: 101, verdict: "waiting" })])?.v["name"]).toBe("mine");
  });
});
