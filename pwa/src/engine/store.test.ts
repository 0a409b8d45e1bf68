import { beforeEach, describe, expect, it } from "vitest";
import type { Row } from "./head";
import { Store } from "./store";

let store: Store;
let bumps: number;

beforeEach(() => {
  bumps = 0;
  store = new Store(() => ({ read: () => 0, bump: () => bumps++ }));
});

const row = (r: string, q: number, v: Record<string, unknown>, k = "asset"): Row => ({ q, k, r, v, w: "writerAAAAAA" });
const apply = (scope: string, ...rows: Row[]): void => store.applyPages([{ scope, rows }]);

describe("the store", () => {
  it("keeps an object as long as its record is unchanged, and never changes one", () => {
    apply("s", row("1", 1, { name: "a" }), row("2", 2, { name: "b" }));
    const [first, second] = [store.get("asset", "1"), store.get("asset", "2")];
    apply("s", row("1", 3, { name: "c" }));
    expect(first?.name).toBe("a");
    expect(store.get("asset", "1")?.name).toBe("c");
    expect(store.get("asset", "2")).toBe(second);
  });

  it("gives nothing for another kind or an unknown id", () => {
    apply("s", row("1", 1, {}));
    expect(store.get("site", "1")).toBeUndefined();
    expect(store.get("asset", "9")).toBeUndefined();
    expect(store.get("asset", null)).toBeUndefined();
  });

  it("skips a row older than what it has, and changes nothing when a page comes twice", () => {
    const page = [row("1", 5, { name: "new" })];
    apply("s", ...page);
    apply("s", row("1", 4, { name: "old" }));
    apply("s", ...page);
    expect(store.get("asset", "1")?.name).toBe("new");
  });

  it("indexes single references, lists and texts, and follows their changes", () => {
    apply("s", row("1", 1, { space: "A", tokens: ["T1", "T2"], code: "D01-1" }), row("2", 2, { space: "A" }));
    expect(store.by("asset", "space", "A")).toHaveLength(2);
    expect(store.by("asset", "space", "A")).toBe(store.by("asset", "space", "A"));
    expect(store.assetByToken("t2").map((rec) => rec.id)).toEqual(["1"]);
    expect(store.assetByCode("d01-1").map((rec) => rec.id)).toEqual(["1"]);
    apply("s", row("1", 3, { space: "B", tokens: ["T2"] }), { q: 4, k: "asset", r: "2", v: { space: "A" }, w: "w", d: 1 });
    expect(store.by("asset", "space", "A")).toEqual([]);
    expect(store.by("asset", "space", "B").map((rec) => rec.id)).toEqual(["1"]);
    expect(store.assetByToken("T1")).toEqual([]);
    expect(store.assetByCode("D01-1")).toEqual([]);
    expect(store.all("asset").map((rec) => rec.id)).toEqual(["1"]);
    expect(store.get("asset", "2")?.$deleted).toBe(true);
  });

  it("lets a record go only when no scope holds it and the round is over", () => {
    apply("a", row("1", 1, {}));
    apply("b", row("1", 1, {}));
    store.applyPages([{ scope: "a", rows: [{ q: 2, r: "1", gone: 1 }] }]);
    store.sweep();
    expect(store.all("asset")).toHaveLength(1);
    store.applyPages([{ scope: "b", rows: [{ q: 2, r: "1", gone: 1 }] }]);
    expect(store.all("asset")).toHaveLength(1);
    store.sweep();
    expect(store.all("asset")).toEqual([]);
  });

  it("takes lower seqs again after a scope was reset, and drops what did not come again", () => {
    apply("a", row("1", 10, { name: "lost" }), row("2", 11, {}));
    store.applyPages([{ scope: "a", rows: [row("1", 3, { name: "restored" })], reset: true }]);
    store.sweep();
    expect(store.all("asset").map((rec) => rec.name)).toEqual(["restored"]);
  });

  it("announces only kinds that changed", () => {
    apply("s", row("1", 1, {}, "site"));
    const before = [store.version("site"), store.version("asset")];
    apply("s", row("2", 2, {}));
    expect(store.version("site")).toBe(before[0]);
    expect(store.version("asset")).toBe((before[1] ?? 0) + 1);
    expect(bumps).toBe(2);
  });
});

describe("search", () => {
  beforeEach(() => {
    apply(
      "s",
      row("b", 1, { name: "办公楼一号", code: "D01", type: "building" }, "space"),
      row("r", 2, { parent: "b", name: "机房", code: "0210", type: "room" }, "space"),
      row("c", 3, { name: { zh: "交换机", en: "Switch" } }, "category"),
      row("1", 4, { name: "核心交换机", code: "D010210-001", serial: "PF2X91K1", model: "S5735", person: "李伟", space: "r", category: "c" }),
      row("2", 5, { name: "台式机", code: "D010210-0012", serial: "pf2x91k10", manufacturer: "联想", person: "张敏", space: "r" }),
      row("3", 6, { name: "打印机", note: "S5735 nearby", config: { hostname: "S5735" } }),
    );
  });
  const found = (text: string, limit?: number): string[] => store.search(text, limit).map((rec) => rec.id);

  it("finds by code, serial, name, model, person, room and category", () => {
    for (const text of ["D010210-001", "pf2x91k1", "核心", "s5735", "李伟", "switch"]) expect(found(text)[0]).toBe("1");
    expect(found("机房")).toEqual(["1", "2"]);
    expect(found("一号")).toEqual(["1", "2"]);
    expect(found("换机")).toEqual(["1"]);
  });

  it("wants every word, in any order", () => {
    expect(found("张敏 机房")).toEqual(["2"]);
    expect(found("机房 张敏 switch")).toEqual([]);
  });

  it("ranks an exact code or serial first, then a beginning", () => {
    expect(found("D010210-0012")).toEqual(["2"]);
    expect(found("PF2X91K10")).toEqual(["2"]);
    expect(found("D010210-001")).toEqual(["1", "2"]);
  });

  it("reads full-width letters as people type them in Chinese", () => {
    expect(found("ＰＦ２Ｘ９１Ｋ１０")).toEqual(["2"]);
  });

  it("finds nothing for nothing, keeps to its limit, and no word across two fields", () => {
    expect(found("  ")).toEqual([]);
    expect(found("机", 1)).toHaveLength(1);
    expect(found("001PF2")).toEqual([]);
  });

  it("follows changes of the asset and of its places", () => {
    expect(found("打印")).toEqual(["3"]);
    apply("s", row("3", 7, { name: "扫描仪" }), row("r", 8, { parent: "b", name: "值班室" }, "space"));
    expect(found("打印")).toEqual([]);
    expect(found("扫描")).toEqual(["3"]);
    expect(found("值班室")).toEqual(["1", "2"]);
  });
});
