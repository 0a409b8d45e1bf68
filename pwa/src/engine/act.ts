/** From what a person did to frozen ops: fills header, causality and chain. */
import type { OpRow } from "../db/outbox";
import { UNCONFIRMED } from "../db/outbox";
import { checkValues, InvalidValue } from "../model/check";
import { KINDS, type KindName } from "../model/generated";
import { utf8, type Json } from "./bytes";
import { MAX_OPS, MAX_REQUEST } from "./head";
import { freeze, OpTooLarge, opLine, SCHEMA, type Header, type Payload, type Times } from "./op";
import { overlay, writerOf, type OwnOp } from "./overlay";
import { seenWriter, type Store } from "./store";
import { NotSaved, type ActOptions, type Draft } from "./types";

export interface Author {
  install: string;
  user: string;
  times: Times;
  salt(): Uint8Array;
}

/** Room that head and signature of a request take; a group must fit the rest. */
export const HEAD_ROOM = 60_000;

/** Throws NotSaved for drafts that can't become ops. */
export function checkDrafts(drafts: readonly Draft[], store: Store): void {
  const made = new Set<string>();
  for (const draft of drafts) {
    if (draft.delete && Object.keys(draft.values).length > 0)
      throw new NotSaved("invalid", "a deletion changes no fields", undefined);
    const creating = !draft.delete && !store.view(draft.record) && !made.has(draft.record);
    try {
      checkValues(draft.kind, draft.values as Record<string, unknown>, creating);
    } catch (error) {
      if (error instanceof InvalidValue) throw new NotSaved("invalid", error.message, error.path, error);
      throw error;
    }
    made.add(draft.record);
  }
}

/** Freeze one op per draft after the tip. Pure: what it reads of the store, and the arguments. Throws NotSaved. */
export function freezeActs(
  drafts: readonly Draft[],
  options: Pick<ActOptions, "group" | "at">,
  author: Author,
  store: Store,
  tip: { n: number; h: string },
  x: number,
): OpRow[] {
  const rows: OpRow[] = [];
  const added = new Map<string, OwnOp[]>();
  const group = options.group === true && drafts.length > 1;
  let previous = tip.h;
  drafts.forEach((draft, index) => {
    const n = tip.n + 1 + index;
    const values = withoutUndefined(draft.values as Record<string, unknown>);
    const here = added.get(draft.record) ?? [];
    const header: Header = {
      i: author.install,
      n,
      s: SCHEMA,
      u: author.user,
      k: draft.delete ? `${draft.kind}.delete` : draft.kind,
      r: draft.record,
      x,
      t: author.times,
      ...(group && { g: { first: tip.n + 1, index, size: drafts.length } }),
      ...(draft.blobs?.length && { c: draft.blobs }),
    };
    const payload: Payload = { v: values as Record<string, Json>, b: baseOf(draft, values, store, here) };
    if (options.at) payload.at = options.at;
    let frozen;
    try {
      frozen = freeze(previous, header, payload, author.salt());
    } catch (error) {
      if (error instanceof OpTooLarge) throw new NotSaved("too_large", error.message, undefined, error);
      if (error instanceof RangeError) throw new NotSaved("invalid", error.message, undefined, error);
      throw error;
    }
    rows.push({
      n,
      ...frozen,
      kind: header.k,
      record: draft.record,
      user: author.user,
      at: author.times[0],
      ...(header.g && { group: header.g }),
      blobs: draft.blobs ?? [],
      open: UNCONFIRMED,
    });
    added.set(draft.record, [...here, ownOp(rows.at(-1) as OpRow)]);
    previous = frozen.h;
  });
  if (group) {
    const size = rows.reduce((sum, row) => sum + utf8(opLine(row)).length + 1, 0);
    if (rows.length > MAX_OPS || size > MAX_REQUEST - HEAD_ROOM)
      throw new NotSaved("too_large", `${rows.length} ops of one act do not fit one request`);
  }
  return rows;
}

/** Per field the op whose value the author had before their eyes; null (never set) is left out. */
function baseOf(draft: Draft, values: Record<string, unknown>, store: Store, here: readonly OwnOp[]): Record<string, string | null> {
  const base: Record<string, string | null> = {};
  const now = overlay(store.base(draft.record), [...store.own(draft.record), ...here]);
  const own = new Set(here.map((op) => op.name));
  for (const field of Object.keys(values)) {
    const policy = KINDS[draft.kind].fields[field]?.policy;
    if (policy === "members" || policy === "transition") continue;
    let writer = writerOf(now, field);
    // An earlier op of this same act is known to its author, whatever the form showed at the beginning.
    if (draft.seen !== undefined && !(writer && own.has(writer))) writer = draft.seen ? seenWriter(draft.seen, field) : null;
    if (writer !== null) base[field] = writer;
  }
  return base;
}

function withoutUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The part of an op row that the overlay needs. */
export function ownOp(row: OpRow): OwnOp {
  const payload = JSON.parse(row.payload) as Payload;
  const [kind = "", act] = row.kind.split(".");
  return {
    n: row.n,
    name: row.name,
    kind: kind as KindName,
    record: row.record,
    deletes: act === "delete",
    values: payload.v,
    seq: row.seq,
    verdict: row.verdict,
  };
}
