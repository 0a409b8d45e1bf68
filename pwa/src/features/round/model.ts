/** How far a round is, and in which order its assets stand: building, floor, room, code. */
import type { Inspection, Round } from "../../model/generated";
import { naturally, nameBesideCode, pathOf, type AssetLike, type SpaceLike, type SpaceOf } from "../asset/names";

export type InspectionLike = Readonly<Inspection> & { readonly id: string };
export type Found = "normal" | "abnormal" | "skipped" | "unscanned";
export type Filter = "all" | "unscanned" | "abnormal" | "skipped";

export interface Counts {
  readonly total: number;
  readonly normal: number;
  readonly abnormal: number;
  readonly skipped: number;
  readonly unscanned: number;
  /** normal and abnormal: what somebody looked at */
  readonly done: number;
}

export interface Room {
  /** the space's id, or "" for assets without a place */
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly assets: readonly AssetLike[];
  readonly counts: Counts;
}

export interface Floor {
  readonly id: string;
  /** "1 号楼 2 层" */
  readonly title: string;
  readonly rooms: readonly Room[];
  readonly counts: Counts;
}

/** The latest word on each asset; of two inspections of one asset the later one counts. */
export function latestByAsset(inspections: readonly InspectionLike[]): Map<string, InspectionLike> {
  const latest = new Map<string, InspectionLike>();
  const at = (one: InspectionLike): number => one.finished_at ?? one.started_at ?? 0;
  for (const one of inspections) {
    if (!one.asset) continue;
    const other = latest.get(one.asset);
    if (!other || at(one) > at(other) || (at(one) === at(other) && one.id > other.id)) latest.set(one.asset, one);
  }
  return latest;
}

export function foundOf(inspection: InspectionLike | undefined): Found {
  if (!inspection) return "unscanned";
  if (inspection.outcome === "skipped") return "skipped";
  return (inspection.results ?? []).some((result) => result.state === "abnormal") ? "abnormal" : "normal";
}

export function countOf(assets: readonly string[], latest: ReadonlyMap<string, InspectionLike>): Counts {
  const counts = { normal: 0, abnormal: 0, skipped: 0, unscanned: 0 };
  for (const id of assets) counts[foundOf(latest.get(id))]++;
  return { ...counts, total: assets.length, done: counts.normal + counts.abnormal };
}

/** Parts of the path that name the room: the nearest room or area around the asset, else the last part. */
function roomIn(path: readonly SpaceLike[]): number {
  for (let index = path.length - 1; index >= 0; index--) {
    const type = path[index]?.type;
    if (type === "room" || type === "area") return index;
  }
  return path.length - 1;
}

function comparePaths(a: readonly SpaceLike[], b: readonly SpaceLike[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index] as SpaceLike, b[index] as SpaceLike];
    if (left.id === right.id) continue;
    const order = (left.order ?? Number.MAX_SAFE_INTEGER) - (right.order ?? Number.MAX_SAFE_INTEGER);
    if (order !== 0) return order;
    return naturally.compare(left.code || left.name || "", right.code || right.name || "") || (left.id < right.id ? -1 : 1);
  }
  return a.length - b.length;
}

/** The round's assets as people walk: assets without a place last. */
export function floorsOf(
  assets: readonly AssetLike[],
  spaceOf: SpaceOf,
  latest: ReadonlyMap<string, InspectionLike>,
): Floor[] {
  const paths = new Map<string, readonly SpaceLike[]>();
  const rooms = new Map<string, { path: readonly SpaceLike[]; assets: AssetLike[] }>();
  for (const asset of assets) {
    const place = asset.space ?? "";
    let path = paths.get(place);
    if (!path) {
      const whole = pathOf(place, spaceOf);
      path = whole.slice(0, roomIn(whole) + 1);
      paths.set(place, path);
    }
    const id = path.at(-1)?.id ?? "";
    const room = rooms.get(id);
    if (room) room.assets.push(asset);
    else rooms.set(id, { path, assets: [asset] });
  }
  const sorted = [...rooms.entries()].sort(([a, left], [b, right]) =>
    a === "" ? 1 : b === "" ? -1 : comparePaths(left.path, right.path),
  );
  const floors: { id: string; title: string; rooms: Room[] }[] = [];
  for (const [id, { path, assets: inRoom }] of sorted) {
    const above = path.slice(0, -1);
    const floorId = above.at(-1)?.id ?? "";
    const space = path.at(-1);
    inRoom.sort((a, b) => naturally.compare(a.code ?? "", b.code ?? "") || (a.id < b.id ? -1 : 1));
    const room: Room = {
      id,
      code: space?.code ?? "",
      name: space ? nameBesideCode(space) : "",
      assets: inRoom,
      counts: countOf(inRoom.map((asset) => asset.id), latest),
    };
    const floor = floors.at(-1);
    if (floor && floor.id === floorId) floor.rooms.push(room);
    else floors.push({ id: floorId, title: above.map((part) => part.name || part.code || "").join(" "), rooms: [room] });
  }
  return floors.map((floor) => ({
    ...floor,
    counts: countOf(
      floor.rooms.flatMap((room) => room.assets.map((asset) => asset.id)),
      latest,
    ),
  }));
}

export const roomsOf = (floors: readonly Floor[]): Room[] => floors.flatMap((floor) => floor.rooms);

/** The room to go on in: where somebody last was and something is left, else the first with something left. */
export function roomToContinue(floors: readonly Floor[], latest: ReadonlyMap<string, InspectionLike>): Room | undefined {
  const open = roomsOf(floors).filter((room) => room.counts.unscanned > 0);
  let best: Room | undefined;
  let bestAt = 0;
  for (const room of open) {
    for (const asset of room.assets) {
      const at = latest.get(asset.id)?.finished_at ?? 0;
      if (at > bestAt) [best, bestAt] = [room, at];
    }
  }
  return best ?? open[0];
}

/** The next asset of the same room that nobody inspected, after this one and then from the room's beginning. */
export function nextInRoom(
  floors: readonly Floor[],
  asset: string,
  latest: ReadonlyMap<string, InspectionLike>,
): AssetLike | undefined {
  const room = roomsOf(floors).find((one) => one.assets.some((other) => other.id === asset));
  if (!room) return undefined;
  const at = room.assets.findIndex((other) => other.id === asset);
  return [...room.assets.slice(at + 1), ...room.assets.slice(0, at)].find((other) => !latest.has(other.id));
}

export const passes = (filter: Filter, found: Found): boolean => filter === "all" || filter === found;

/** Open to work: not yet signed, not cancelled. */
export const isOpen = (round: Readonly<Round>): boolean => round.status === "planned" || round.status === "active";

/** Mine to do: it names me, or nobody. */
export const isFor = (round: Readonly<Round>, user: string | undefined): boolean =>
  !round.people?.length || (user !== undefined && round.people.includes(user));

/** Its results may still be put right: the customer has not signed. */
export const isEditable = (round: Readonly<Round>): boolean => isOpen(round) || round.status === "finished";
