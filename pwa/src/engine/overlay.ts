/**
 * Own ops on top of what the centre last told, by the same field policies as the centre's merge, but without its judgement:
 * this phone shows what its people did until the centre has said what became of it.
 */
import { KINDS, type FieldInfo, type KindName } from "../model/generated";
import { canonical, type Json } from "./bytes";

/** A merged record as the centre sent it. */
export interface Base {
  q: number;
  k: KindName;
  v: Readonly<Record<string, unknown>>;
  /** The op that wrote every field that `o` does not name. */
  w: string;
  o: Readonly<Record<string, string>> | undefined;
  d: boolean;
  /** Full hash of the op that `w` names, if the centre sent it. */
  h: string | undefined;
}

/** An own op that the base may not hold yet. */
export interface OwnOp {
  n: number;
  name: string;
  kind: KindName;
  record: string;
  deletes: boolean;
  values: Readonly<Record<string, unknown>>;
  /** Set once the centre has it. */
  seq: number | undefined;
  verdict: string | undefined;
}

/** What the two together say. */
export interface View {
  q: number;
  k: KindName;
  v: Readonly<Record<string, unknown>>;
  w: string;
  o: Readonly<Record<string, string>> | undefined;
  deleted: boolean;
  pending: boolean;
}

const NOT_MERGED = new Set(["parked", "quarantined", "lost", "dismissed"]);

/** Whether an op still has to be shown on top of a base that stands at `q`. */
export const isOpen = (op: OwnOp, q: number): boolean =>
  op.verdict === undefined || (!NOT_MERGED.has(op.verdict) && (op.seq === undefined || op.verdict === "waiting" || q < op.seq));

export const sameValue = (a: unknown, b: unknown): boolean => a === b || canonical((a ?? null) as Json) === canonical((b ?? null) as Json);

/** Name of the op that wrote a field; null if it was never set. */
export function writerOf(view: Pick<View, "v" | "w" | "o"> | undefined, field: string): string | null {
  if (!view) return null;
  return view.o?.[field] ?? (field in view.v ? view.w : null);
}

/** The record as this phone shows it; undefined if neither the centre nor an own op made one. `ops` in order of `n`. */
export function overlay(base: Base | undefined, ops: readonly OwnOp[]): View | undefined {
  const open = ops.filter((op) => isOpen(op, base?.q ?? 0));
  const first = open[0];
  if (!first) return base && { q: base.q, k: base.k, v: base.v, w: base.w, o: base.o, deleted: base.d, pending: false };
  const values: Record<string, unknown> = { ...base?.v };
  const writers: Record<string, string> = { ...base?.o };
  const kind = base?.k ?? first.kind;
  const state = { v: values, w: base?.w ?? "", o: writers };
  let deleted = base?.d ?? false;
  for (const op of open) {
    if (op.kind !== kind) continue;
    if (op.deletes) deleted = true;
    for (const [field, value] of Object.entries(op.values)) {
      const info = KINDS[kind].fields[field];
      if (!info) continue;
      const next = changed(kind, field, info, values[field], value);
      // As at the centre: an equal value leaves the writer as it was, else our next op would name one that never wrote.
      if (next === undefined || (writerOf(state, field) !== null && sameValue(values[field], next))) continue;
      values[field] = next;
      writers[field] = op.name;
    }
  }
  const pending = open.some((op) => op.verdict === undefined);
  return { q: base?.q ?? 0, k: kind, v: values, w: state.w, o: writers, deleted, pending };
}

/** The field's new value, or undefined when the op leaves it as it is. */
function changed(kind: KindName, field: string, info: FieldInfo, current: unknown, value: unknown): unknown {
  switch (info.policy) {
    case "members": {
      const { add = [], del = [] } = value as { add?: string[]; del?: string[] };
      const gone = new Set(del);
      const kept = ((current ?? []) as string[]).filter((member) => !gone.has(member));
      return [...new Set([...kept, ...add])].sort();
    }
    case "transition": {
      const from = (current as string | null | undefined) ?? "";
      const to = (value as [string, string])[1];
      if (from === to) return undefined;
      const legal = KINDS[kind].transitions[field]?.some(([a, b]) => a === from && b === to);
      return legal ? to : undefined;
    }
    case "centre":
      return undefined;
    default:
      return value ?? null;
  }
}
