import { expect, test } from "vitest";
import type { AssetLike, SpaceLike } from "../../features/asset/names";
import { splitRound } from "./split";

const spaces = new Map<string, SpaceLike>(
  (
    [
      { id: "b1", name: "B1", type: "building", code: "D01" },
      { id: "b2", name: "B2", type: "building", code: "D02" },
      { id: "f1", name: "F1", type: "floor", code: "01", parent: "b1" },
      { id: "f2", name: "F2", type: "floor", code: "02", parent: "b1" },
      { id: "f3", name: "F3", type: "floor", code: "03", parent: "b1" },
      { id: "r1", name: "R1", type: "room", code: "0101", parent: "f1" },
    ] as SpaceLike[]
  ).map((space) => [space.id, space]),
);
const spaceOf = (id: string): SpaceLike | undefined => spaces.get(id);
let next = 0;
const make = (count: number, space: string | null): AssetLike[] =>
  Array.from({ length: count }, () => ({ id: `a${next}`, code: `C-${next++}`, space }));
const shape = (assets: AssetLike[], limit: number): [string, number][] =>
  splitRound(assets, spaceOf, limit).map((part) => [part.title, part.assets.length]);

test("what fits is one round of the whole choice", () => {
  expect(shape([...make(3, "f1"), ...make(2, "b2")], 5)).toEqual([["", 5]]);
});

test("more than fits is one round a building", () => {
  expect(shape([...make(2, "b2"), ...make(5, "f1"), ...make(1, null)], 5)).toEqual([
    ["B1", 5],
    ["B2", 2],
    ["", 1],
  ]);
});

test("a building that is too large is cut between floors, and neighbouring floors stay together while they fit", () => {
  expect(shape([...make(2, "f1"), ...make(3, "f2"), ...make(4, "f3")], 5)).toEqual([
    ["B1 F1–F2", 5],
    ["B1 F3", 4],
  ]);
});

test("a room that is too large is cut by code into even parts", () => {
  expect(shape(make(11, "r1"), 5)).toEqual([
    ["B1 F1 R1 1/3", 4],
    ["B1 F1 R1 2/3", 4],
    ["B1 F1 R1 3/3", 3],
  ]);
});

test("no asset is lost or doubled", () => {
  const all = [...make(7, "f1"), ...make(6, "r1"), ...make(3, "b2"), ...make(4, null), ...make(2, "gone")];
  const found = splitRound(all, spaceOf, 5).flatMap((part) => part.assets.map((asset) => asset.id));
  expect(found.toSorted()).toEqual(all.map((asset) => asset.id).toSorted());
});
