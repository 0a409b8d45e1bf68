/** What waits for delivery and what became of the rest, sorted for people. */
import type { BlobState, OutboxItem } from "../../engine/api";

export type ItemState =
  | "onPhone"
  | "sending"
  | "retrying"
  | "refused"
  | "waiting"
  | "delivered"
  | "conflict"
  | "disputed"
  | "parked"
  | "quarantined"
  | "lost"
  | "dismissed";

export type FileState = "confirmed" | "refused" | "retrying" | "partly" | "waiting";

export function fileState(blob: BlobState): FileState {
  if (blob.confirmed) return "confirmed";
  if (blob.refused) return "refused";
  if (blob.problem) return "retrying";
  return blob.sent > 0 ? "partly" : "waiting";
}

/** What a person has to know of an entry, the most pressing first: what was not taken, then files, then plain delivery. */
export function stateOf({ verdict, blobs }: Pick<OutboxItem, "verdict" | "blobs">): ItemState {
  if (verdict === "parked" || verdict === "quarantined" || verdict === "lost") return verdict;
  const files = blobs.map(fileState);
  if (files.includes("refused")) return "refused";
  if (verdict === undefined) return "onPhone";
  if (files.includes("retrying")) return "retrying";
  if (files.some((file) => file !== "confirmed")) return "sending";
  if (verdict === "waiting" || verdict === "conflict" || verdict === "disputed" || verdict === "dismissed") return verdict;
  return "delivered";
}

const NEEDS_YOU: ReadonlySet<ItemState> = new Set(["parked", "quarantined", "lost", "refused", "conflict", "disputed"]);
const DONE: ReadonlySet<ItemState> = new Set(["delivered", "dismissed"]);

export const needsYou = (state: ItemState): boolean => NEEDS_YOU.has(state);

export interface Sorted {
  /** not taken, in conflict, refused: newest first */
  readonly attention: readonly OutboxItem[];
  /** saved here and not delivered, without the entries of photos */
  readonly waiting: readonly OutboxItem[];
  /** entries of photos that wait; their pictures stand in the grid */
  readonly photoEntries: number;
  /** without the photos shown as pictures */
  readonly delivered: readonly OutboxItem[];
  /** photos to show: those on their way first, then those of today */
  readonly photos: readonly OutboxItem[];
  readonly files: Readonly<Record<FileState, number>>;
  /** entries saved since `today` that the centre has */
  readonly deliveredToday: number;
}

/** Sorts the outbox. `today`: instant of last midnight, in ms. */
export function sortOutbox(items: readonly OutboxItem[], today: number): Sorted {
  const attention: OutboxItem[] = [];
  const waiting: OutboxItem[] = [];
  const delivered: OutboxItem[] = [];
  const photos: OutboxItem[] = [];
  const files = { confirmed: 0, refused: 0, retrying: 0, partly: 0, waiting: 0 };
  let photoEntries = 0;
  let deliveredToday = 0;
  for (const item of items) {
    const state = stateOf(item);
    const [blob] = item.blobs;
    const picture = item.kind === "photo" && blob !== undefined;
    const shown = picture && (item.at >= today || !blob.confirmed);
    if (shown) {
      photos.push(item);
      files[fileState(blob)]++;
    }
    if (item.verdict !== undefined && item.at >= today) deliveredToday++;
    if (needsYou(state)) attention.push(item);
    else if (DONE.has(state)) {
      if (!shown) delivered.push(item);
    } else if (!picture) waiting.push(item);
    else if (item.verdict === undefined) photoEntries++;
  }
  photos.sort((a, b) => RANK[fileOf(a)] - RANK[fileOf(b)] || b.n - a.n);
  return { attention, waiting, photoEntries, delivered, photos, files, deliveredToday };
}

const RANK: Record<FileState, number> = { refused: 0, retrying: 1, partly: 2, waiting: 3, confirmed: 4 };

/** State of a photo's picture. */
export const fileOf = (item: OutboxItem): FileState => (item.blobs[0] ? fileState(item.blobs[0]) : "waiting");

/** Files that stopped for one reason. */
export interface Trouble {
  readonly problem: string;
  readonly refused: boolean;
  readonly items: readonly OutboxItem[];
  /** bytes of these files that the centre has, and of how many */
  readonly sent: number;
  readonly size: number;
}

/** Files that did not go through at the last try, refused ones first; what stopped for the same reason stands together. */
export function troubles(items: readonly OutboxItem[]): Trouble[] {
  const found = new Map<string, { problem: string; refused: boolean; items: OutboxItem[]; sent: number; size: number }>();
  for (const item of items) {
    for (const { problem, confirmed, refused = false, sent, size } of item.blobs) {
      if (problem === undefined || confirmed) continue;
      const key = `${refused} ${problem}`;
      const one = found.get(key) ?? { problem, refused, items: [], sent: 0, size: 0 };
      if (!one.items.includes(item)) one.items.push(item);
      one.sent += sent;
      one.size += size;
      found.set(key, one);
    }
  }
  return [...found.values()].sort((a, b) => Number(b.refused) - Number(a.refused));
}

/**
 * Entries as they stand now: a conflict that people have settled since is delivered like any other. `conflicts`: what this
 * phone knows of those on a record; as long as it knows none, the verdict's word stands.
 */
export function withSettled(
  items: readonly OutboxItem[],
  conflicts: (record: string) => readonly { readonly status?: string | null }[],
): readonly OutboxItem[] {
  return items.map((item) => {
    if (item.verdict !== "conflict") return item;
    const known = conflicts(item.record);
    return known.length > 0 && known.every(({ status }) => status === "settled") ? { ...item, verdict: "applied" as const } : item;
  });
}

/** Last midnight before `now` on this device. */
export function midnight(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
