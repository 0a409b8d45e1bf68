import { describe, expect, test } from "vitest";
import type { AssetLike, SpaceLike } from "../asset/names";
import { countOf, floorsOf, foundOf, isFor, latestByAsset, nextInRoom, passes, roomsOf, roomToContinue, type InspectionLike } from "./model";

const SPACES: SpaceLike[] = [
  { id: "b1", type: "building", name: "1 号楼", code: "01" },
  { id: "f2", type: "floor", parent: "b1", name: "2 层", code: "02", order: 2 },
  { id: "f10", type: "floor", parent: "b1", name: "10 层", code: "10", order: 10 },
  { id: "r9", type: "room", parent: "f2", name: "0209 大厅", code: "0209" },
  { id: "r10", type: "room", parent: "f2", name: "0210 事故处理科", code: "0210" },
  { id: "k1", type: "rack", parent: "r10", name: "机柜 A" },
  { id: "r1001", type: "room", parent: "f10", name: "机房", code: "1001" },
];
const spaceOf = (id: string): SpaceLike | undefined => SPACES.find((space) => space.id === id);
const ASSETS: AssetLike[] = [
  { id: "a5", code: "D1001-1", space: "r1001" },
  { id: "a4", code: "X", space: null },
  { id: "a3", code: "D0210-10", space: "k1" },
  { id: "a2", code: "D0210-9", space: "r10" },
  { id: "a1", code: "D0209-1", space: "r9" },
];
const done = (asset: string, at: number, state: "normal" | "abnormal" = "normal"): InspectionLike => ({
  id: `i-${asset}-${at}`,
  asset,
  outcome: "done",
  finished_at: at,
  results: [{ item: "fan", answer: state === "normal" ? "pass" : "fail", state }],
});
const none = new Map<string, InspectionLike>();

describe("the order of a round", () => {
  test("follows building, floor and room, codes by number, and ends with what has no place", () => {
    const floors = floorsOf(ASSETS, spaceOf, none);
    expect(floors.map((floor) => floor.title)).toEqual(["1 号楼 2 层", "1 号楼 10 层", ""]);
    expect(roomsOf(floors).flatMap((room) => room.assets.map((asset) => asset.id))).toEqual(["a1", "a2", "a3", "a5", "a4"]);
  });

  test("counts a rack's assets to its room and names the room without its code", () => {
    const room = roomsOf(floorsOf(ASSETS, spaceOf, none))[1];
    expect(room).toMatchObject({ id: "r10", code: "0210", name: "事故处理科", counts: { total: 2, unscanned: 2 } });
  });

  test("survives a loop in the tree of places", () => {
    const loop = (id: string): SpaceLike => ({ id, parent: id === "x" ? "y" : "x", name: id });
    expect(floorsOf([{ id: "a", space: "x" }], loop, none)).toHaveLength(1);
  });
});

describe("progress", () => {
  test("takes the later of two inspections of one asset", () => {
    const latest = latestByAsset([done("a1", 5, "abnormal"), done("a1", 3)]);
    expect(foundOf(latest.get("a1"))).toBe("abnormal");
  });

  test("counts what was skipped apart from what was looked at", () => {
    const latest = latestByAsset([done("a1", 1), done("a2", 1, "abnormal"), { id: "s", asset: "a3", outcome: "skipped" }]);
    expect(countOf(["a1", "a2", "a3", "a4"], latest)).toEqual({ total: 4, normal: 1, abnormal: 1, skipped: 1, unscanned: 1, done: 2 });
  });

  test("goes on in the room of the latest inspection, else in the first with something left", () => {
    const latest = latestByAsset([done("a2", 9), done("a1", 10)]);
    expect(roomToContinue(floorsOf(ASSETS, spaceOf, latest), latest)?.code).toBe("0210");
    expect(roomToContinue(floorsOf(ASSETS, spaceOf, none), none)?.code).toBe("0209");
  });

  test("names the next asset of the room only", () => {
    const floors = floorsOf(ASSETS, spaceOf, none);
    expect(nextInRoom(floors, "a2", none)?.id).toBe("a3");
    expect(nextInRoom(floors, "a3", none)?.id).toBe("a2");
    expect(nextInRoom(floors, "a1", none)).toBeUndefined();
  });
});

test("a round is mine if it names me or nobody", () => {
  expect([isFor({}, "me"), isFor({ people: [] }, "me"), isFor({ people: ["me"] }, "me"), isFor({ people: ["you"] }, "me")]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("a filter shows its own state only", () => {
  expect([passes("all", "skipped"), passes("abnormal", "abnormal"), passes("abnormal", "normal")]).toEqual([true, true, false]);
});
