/** The request to /api/sync: signed head, then op lines (docs/protocol.md section 3). */
import { canonical, toBase64url, utf8, type Json } from "./bytes";
import { opLine, type Frozen } from "./op";

export const PROTO = 1;
export const MAX_OPS = 1_000;
/** Bytes of a request after inflation. */
export const MAX_REQUEST = 1_000_000;

export type Cursor = readonly [seq: number, head: string];
export type Cursors = Readonly<Record<string, Cursor>>;

/** Raw r‖s over the bytes, made with the install's key. */
export type Sign = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

export interface Stats {
  tip: number;
  pending: number;
  blobs: number;
  bytes: number;
  app: string;
}

export interface HeadInput {
  centre: string;
  install: string;
  from: number;
  /** Hash before the first op sent. */
  prev: string;
  ops: readonly (Frozen & { n: number })[];
  /** null: push only. */
  cursors: Cursors | null;
  stats: Stats;
}

/** The body of a request. */
export async function writeRequest(input: HeadInput, sign: Sign): Promise<Uint8Array<ArrayBuffer>> {
  const last = input.ops.at(-1);
  const head = canonical({
    proto: PROTO,
    centre: input.centre,
    i: input.install,
    from: input.from,
    prev: input.prev,
    n: input.from + input.ops.length - 1,
    h: last ? last.h : input.prev,
    cursors: input.cursors as Json,
    stats: input.stats as unknown as Json,
  });
  const signature = toBase64url(await sign(utf8(head)));
  const lines = [head, JSON.stringify({ sig: signature }), ...input.ops.map(opLine)];
  return utf8(`${lines.join("\n")}\n`);
}

export interface VerdictRun {
  n: number;
  seq: number;
  v: string;
  count?: number;
  code?: string;
  detail?: string;
}

/** A merged record as a whole, or (`gone`) that it left the page's scope. */
export interface Row {
  q: number;
  r: string;
  k?: string;
  v?: Record<string, unknown>;
  /** The op that wrote every field that `o` does not name. */
  w?: string;
  o?: Record<string, string>;
  d?: 1;
  gone?: 1;
  /** Full hash of the op that `w` names, where the centre sends it. */
  h?: string;
}

export interface Page {
  scope: string;
  rows: Row[];
  cursor: Cursor;
  more?: boolean;
  reset?: boolean;
}

export interface Answer {
  proto: number;
  centre: string;
  time: number;
  have: { n: number; h: string }[];
  gap: boolean;
  verdicts: VerdictRun[];
  session: boolean;
  scopes: string[];
  pages: Page[];
  more: boolean;
  top: number;
  backed_up_to: number;
  upgrade?: boolean;
}

/**
 * The longest run of ops that fits one request and does not end inside a group. `ops` are consecutive; a group is never
 * larger than a request, which `act` sees to.
 */
export function batch<T extends Frozen & { group?: { first: number; size: number } | undefined; n: number }>(
  ops: readonly T[],
  room: number,
): T[] {
  const taken: T[] = [];
  let bytes = 0;
  let end = 0; // length of `taken` after the last whole group
  for (const op of ops) {
    const size = utf8(opLine(op)).length + 1;
    if (taken.length === MAX_OPS || bytes + size > room) break;
    taken.push(op);
    bytes += size;
    if (!op.group || op.n === op.group.first + op.group.size - 1) end = taken.length;
  }
  return taken.slice(0, end);
}
