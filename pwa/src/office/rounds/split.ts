/** A round holds at most 500 assets; a larger choice becomes several rounds: by building, then by floor, then by room. */
import { naturally, pathOf, type AssetLike, type SpaceLike, type SpaceOf } from "../../features/asset/names";

export const MAX_ASSETS = 500;

export interface Part {
  /** which part of the site, "" where it is all of it */
  readonly title: string;
  readonly assets: readonly AssetLike[];
}

interface Placed {
  readonly asset: AssetLike;
  readonly path: readonly SpaceLike[];
}

const nameOf = (space: SpaceLike): string => space.name || space.code || "";

function compare(a: Placed, b: Placed): number {
  for (let depth = 0; depth < Math.max(a.path.length, b.path.length); depth++) {
    const [left, right] = [a.path[depth], b.path[depth]];
    if (left?.id === right?.id) continue;
    if (!left) return a.path.length === 0 ? 1 : -1; // without any place: last
    if (!right) return b.path.length === 0 ? -1 : 1;
    const order = (left.order ?? Number.MAX_SAFE_INTEGER) - (right.order ?? Number.MAX_SAFE_INTEGER);
    return order || naturally.compare(left.code || nameOf(left), right.code || nameOf(right)) || (left.id < right.id ? -1 : 1);
  }
  return naturally.compare(a.asset.code ?? "", b.asset.code ?? "") || (a.asset.id < b.asset.id ? -1 : 1);
}

function groupAt(placed: readonly Placed[], depth: number): Placed[][] {
  const groups: Placed[][] = [];
  let last: string | undefined;
  for (const one of placed) {
    const key = one.path[depth]?.id ?? "";
    const group = groups.at(-1);
    if (group && key === last) group.push(one);
    else groups.push([one]);
    last = key;
  }
  return groups;
}

const titleAt = (placed: readonly Placed[], depth: number): string => {
  const space = placed[0]?.path[depth];
  return space ? nameOf(space) : "";
};

/** Floors (or rooms) of one building share a round while they fit. */
function pack(placed: readonly Placed[], depth: number, above: string, limit: number): Part[] {
  const parts: { titles: string[]; assets: AssetLike[] }[] = [];
  const done: Part[] = [];
  const close = (): void => {
    for (const part of parts.splice(0)) {
      const [from = "", to = ""] = [part.titles[0], part.titles.at(-1)];
      done.push({ title: [above, from === to ? from : `${from}–${to}`].filter(Boolean).join(" "), assets: part.assets });
    }
  };
  for (const group of groupAt(placed, depth)) {
    const title = titleAt(group, depth);
    if (group.length > limit) {
      close();
      done.push(...divide(group, depth + 1, [above, title].filter(Boolean).join(" "), limit));
      continue;
    }
    const open = parts.at(-1);
    if (open && open.assets.length + group.length <= limit) {
      open.titles.push(title);
      open.assets.push(...group.map((one) => one.asset));
    } else {
      close();
      parts.push({ titles: [title], assets: group.map((one) => one.asset) });
    }
  }
  close();
  return done;
}

function divide(placed: readonly Placed[], depth: number, above: string, limit: number): Part[] {
  if (placed.some((one) => one.path.length > depth)) return pack(placed, depth, above, limit);
  // One room with more than a round holds: by code.
  const count = Math.ceil(placed.length / limit);
  const size = Math.ceil(placed.length / count);
  return Array.from({ length: count }, (_, index) => ({
    title: `${above} ${index + 1}/${count}`.trim(),
    assets: placed.slice(index * size, (index + 1) * size).map((one) => one.asset),
  }));
}

/** The assets in the order people walk, in as many parts as rounds are needed. A building is never cut without need. */
export function splitRound(assets: readonly AssetLike[], spaceOf: SpaceOf, limit = MAX_ASSETS): Part[] {
  const placed = assets.map((asset) => ({ asset, path: pathOf(asset.space, spaceOf) })).sort(compare);
  if (placed.length === 0) return [];
  if (placed.length <= limit) return [{ title: "", assets: placed.map((one) => one.asset) }];
  return groupAt(placed, 0).flatMap((building) => {
    const title = titleAt(building, 0);
    return building.length <= limit
      ? [{ title, assets: building.map((one) => one.asset) }]
      : divide(building, 1, title, limit);
  });
}
