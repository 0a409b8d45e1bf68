/**
 * The merged records in memory, own ops on top. Reads are synchronous and reactive per kind; the database is only behind it.
 *
 * Invariants:
 * 1. A row with a lower seq than its record has is skipped: re-applying a page changes nothing, reads never go backwards.
 * 2. A record that no scope holds any more stays until the round of pulling is over (it may be on its way to another scope).
 * 3. An object once handed out never changes; a changed record is a new object.
 */
import { KINDS, type KindName } from "../model/generated";
import type { Signal } from "./env";
import type { Page, Row } from "./head";
import { overlay, writerOf, type Base, type OwnOp, type View } from "./overlay";
import { fold, SearchIndex } from "./search";
import type { FieldName, Rec } from "./types";

/** What the centre last told of a record. Its content stays in the row, which may parse it only when it is asked for. */
class Held implements Base {
  q: number;
  readonly k: KindName;
  readonly d: boolean;

  constructor(
    private readonly row: Row,
    /** Scopes that hold the record; replaced, never changed, so that records share it. */
    public scopes: readonly string[],
  ) {
    this.q = row.q;
    this.k = row.k as KindName;
    this.d = row.d === 1;
  }

  get v(): Readonly<Record<string, unknown>> {
    return this.row.v ?? {};
  }
  get w(): string {
    return this.row.w ?? "";
  }
  get o(): Readonly<Record<string, string>> | undefined {
    return this.row.o;
  }
  get h(): string | undefined {
    return this.row.h;
  }
}

/** Plain data apart from `$writers`, so that a draft may keep one (its writers live on in `$w` and `$o`). */
class RecordObject {
  declare readonly id: string;
  declare readonly $w: string;
  declare readonly $o: Readonly<Record<string, string>> | undefined;

  constructor(id: string, view: View) {
    Object.assign(this, view.v, {
      id,
      $kind: view.k,
      $q: view.q,
      $pending: view.pending,
      $deleted: view.deleted,
      $w: view.w,
      $o: view.o,
    });
  }

  $writers(field: string): string | null {
    return seenWriter(this, field);
  }
}

/** The writer of a field in a record object, also in one that came back from a draft. */
export function seenWriter(seen: object, field: string): string | null {
  const { $w, $o } = seen as RecordObject;
  return writerOf({ v: seen as unknown as Record<string, unknown>, w: $w, o: $o }, field);
}

interface Index {
  kind: KindName;
  keysOf(values: Readonly<Record<string, unknown>>): string[];
  /** Key -> ids. */
  ids: Map<string, Set<string>>;
  /** Id -> its keys as indexed. */
  keys: Map<string, string[]>;
  found: Map<string, readonly Rec<KindName>[]>;
}

const KIND_NAMES = Object.keys(KINDS) as KindName[];
const NOTHING: readonly never[] = [];

export class Store {
  #held = new Map<string, Held>();
  #own = new Map<string, OwnOp[]>();
  #kinds = new Map<KindName, Set<string>>();
  #objects = new Map<string, Rec<KindName> | undefined>();
  #all = new Map<KindName, readonly Rec<KindName>[]>();
  #indexes = new Map<string, Index>();
  #signals: Map<KindName, Signal>;
  #versions = new Map<KindName, number>();
  #search: SearchIndex | undefined;
  /** Assets that the index does not hold yet. */
  #unsearched: string[] = [];
  #scopes: readonly string[] = [];

  constructor(signal: () => Signal) {
    this.#signals = new Map(KIND_NAMES.map((kind) => [kind, signal()]));
    for (const kind of KIND_NAMES) this.#kinds.set(kind, new Set());
  }

  // --- what screens read -------------------------------------------------------------------------------------------

  get<K extends KindName>(kind: K, id: string | null | undefined): Rec<K> | undefined {
    this.#read(kind);
    const found = id ? this.#object(id) : undefined;
    return found?.$kind === kind ? (found as Rec<K>) : undefined;
  }

  all<K extends KindName>(kind: K): readonly Rec<K>[] {
    this.#read(kind);
    let found = this.#all.get(kind);
    if (!found) {
      found = this.#objectsOf(this.#kinds.get(kind) ?? []);
      this.#all.set(kind, found);
    }
    return found as readonly Rec<K>[];
  }

  by<K extends KindName>(kind: K, field: FieldName<K>, value: string): readonly Rec<K>[] {
    return this.#find(kind, field, value, (values) => {
      const held = values[field];
      return typeof held === "string" ? [held] : Array.isArray(held) ? held.filter((item) => typeof item === "string") : [];
    }) as readonly Rec<K>[];
  }

  assetByToken(token: string): readonly Rec<"asset">[] {
    return this.by("asset", "tokens", token.trim().toUpperCase());
  }

  assetByCode(code: string): readonly Rec<"asset">[] {
    const keysOf = (values: Readonly<Record<string, unknown>>): string[] =>
      typeof values["code"] === "string" ? [fold(values["code"]).trim()] : [];
    return this.#find("asset", "code, folded", fold(code).trim(), keysOf) as readonly Rec<"asset">[];
  }

  search(text: string, limit = 50): readonly Rec<"asset">[] {
    this.#read("asset");
    const found: Rec<"asset">[] = [];
    for (const id of this.searchIndex().find(text, limit)) {
      const rec = this.#objects.get(id) ?? this.#object(id);
      if (rec?.$kind === "asset") found.push(rec as Rec<"asset">);
    }
    return found;
  }

  version(kind: KindName): number {
    this.#read(kind);
    return this.#versions.get(kind) ?? 0;
  }

  scopes(): readonly string[] {
    return this.#scopes;
  }

  /** Every record, deleted ones and those of own ops too, as the screens see it. For checks and the simulator. */
  *views(): Generator<[string, View]> {
    for (const id of new Set([...this.#held.keys(), ...this.#own.keys()])) {
      const view = this.view(id);
      if (view) yield [id, view];
    }
  }

  /** The record with own ops on top, not reactive. */
  view(id: string): View | undefined {
    return overlay(this.#held.get(id), this.#own.get(id) ?? NOTHING);
  }

  /** What the centre last told of a record. */
  base(id: string): Base | undefined {
    return this.#held.get(id);
  }

  /** Full hash of an op that wrote a record, if the centre sent it with the row. */
  fullHash(name: string): string | undefined {
    for (const held of this.#held.values()) if (held.w === name && held.h) return held.h;
    return undefined;
  }

  get size(): number {
    return this.#held.size;
  }

  // --- what the engine writes --------------------------------------------------------------------------------------

  /** Apply pages of the feed, each once and in order (the cache sees to that: it compares cursors). */
  applyPages(pages: readonly Pick<Page, "scope" | "rows" | "reset">[]): void {
    const touched = new Set<string>();
    for (const page of pages) {
      if (page.reset) this.#forget(page.scope, touched);
      const alone = [page.scope] as const;
      for (const row of page.rows) this.#applyRow(alone, row, touched);
    }
    this.#publish(touched);
  }

  /** `alone`: the page's scope, in the list that a record has which no other scope holds. */
  #applyRow(alone: readonly [scope: string], row: Row, touched: Set<string>): void {
    const [scope] = alone;
    const held = this.#held.get(row.r);
    if (row.gone) {
      if (held) held.scopes = held.scopes.filter((name) => name !== scope);
      return;
    }
    if (!((row.k as KindName) in KINDS)) return; // of a newer centre; the updated app begins a new cache
    if (held && row.q < held.q) {
      if (!held.scopes.includes(scope)) held.scopes = [...held.scopes, scope];
      return;
    }
    const scopes = !held?.scopes.length ? alone : held.scopes.includes(scope) ? held.scopes : [...held.scopes, scope];
    this.#held.set(row.r, new Held(row, scopes));
    touched.add(row.r);
  }

  /** The scope begins anew: its records keep their values until they come again, but any row may replace them. */
  #forget(scope: string, touched: Set<string>): void {
    for (const [id, held] of this.#held) {
      if (!held.scopes.includes(scope)) continue;
      held.scopes = held.scopes.filter((name) => name !== scope);
      held.q = 0;
      touched.add(id);
    }
  }

  /** Drop scopes that may not be read any more. */
  leave(scopes: readonly string[]): void {
    const gone = new Set(scopes);
    for (const held of this.#held.values()) {
      if (held.scopes.some((name) => gone.has(name))) held.scopes = held.scopes.filter((name) => !gone.has(name));
    }
  }

  /** Drop records that no scope holds: call when a round of pulling is complete. Own open ops keep theirs. */
  sweep(): void {
    const touched = new Set<string>();
    for (const [id, held] of this.#held) {
      if (held.scopes.length > 0) continue;
      this.#held.delete(id);
      touched.add(id);
    }
    this.#publish(touched);
  }

  setScopes(scopes: readonly string[]): void {
    this.#scopes = scopes;
  }

  /** Own ops that the base may not hold yet: adds new ones, replaces those known by `n`, drops those that it now holds. */
  putOwn(ops: readonly OwnOp[]): void {
    const touched = new Set<string>();
    for (const op of ops) {
      const list = (this.#own.get(op.record) ?? []).filter((other) => other.n !== op.n);
      list.push(op);
      list.sort((a, b) => a.n - b.n);
      this.#own.set(op.record, list);
      touched.add(op.record);
    }
    this.#publish(touched);
  }

  dropOwn(ns: ReadonlySet<number>): void {
    const touched = new Set<string>();
    for (const [record, list] of this.#own) {
      const kept = list.filter((op) => !ns.has(op.n));
      if (kept.length === list.length) continue;
      if (kept.length) this.#own.set(record, kept);
      else this.#own.delete(record);
      touched.add(record);
    }
    this.#publish(touched);
  }

  own(record: string): readonly OwnOp[] {
    return this.#own.get(record) ?? NOTHING;
  }

  *ownOps(): Generator<OwnOp> {
    for (const list of this.#own.values()) yield* list;
  }

  /** Rows of one scope as the cache keeps them. */
  *rowsOf(scope: string): Generator<Row> {
    for (const [id, held] of this.#held) {
      if (!held.scopes.includes(scope)) continue;
      const row: Row = { q: held.q, k: held.k, r: id, v: held.v as Record<string, unknown>, w: held.w };
      if (held.o) row.o = held.o as Record<string, string>;
      if (held.d) row.d = 1;
      if (held.h) row.h = held.h;
      yield row;
    }
  }

  /** Empty, as at start: another tab rebuilt the cache. */
  clear(): void {
    const touched = new Set(this.#held.keys());
    this.#held.clear();
    this.#publish(touched);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #read(kind: KindName): void {
    this.#signals.get(kind)?.read();
  }

  #object(id: string): Rec<KindName> | undefined {
    if (this.#objects.has(id)) return this.#objects.get(id);
    const view = this.view(id);
    const made = view && (new RecordObject(id, view) as unknown as Rec<KindName>);
    this.#objects.set(id, made);
    return made;
  }

  #objectsOf(ids: Iterable<string>): Rec<KindName>[] {
    const found: Rec<KindName>[] = [];
    for (const id of ids) {
      const rec = this.#object(id);
      if (rec && !rec.$deleted) found.push(rec);
    }
    return found;
  }

  #publish(touched: ReadonlySet<string>): void {
    if (touched.size === 0) return;
    const kinds = new Set<KindName>();
    for (const id of touched) {
      const before = this.#objects.get(id)?.$kind;
      this.#objects.delete(id);
      const now = this.#own.has(id) ? this.view(id)?.k : this.#held.get(id)?.k;
      if (now) this.#kinds.get(now)?.add(id);
      else for (const ids of this.#kinds.values()) if (ids.delete(id)) break;
      const kind = now ?? before;
      if (kind) kinds.add(kind);
      else for (const name of KIND_NAMES) kinds.add(name);
    }
    // At a cold start there is neither, and no record is looked into.
    if (this.#indexes.size > 0 || this.#search) {
      const views = new Map([...touched].map((id) => [id, this.view(id)]));
      for (const index of this.#indexes.values()) {
        for (const [id, view] of views) if (!view || view.k === index.kind) reindex(index, id, view);
      }
      this.#refreshSearch(views, kinds);
    }
    for (const kind of kinds) {
      this.#all.delete(kind);
      this.#versions.set(kind, (this.#versions.get(kind) ?? 0) + 1);
    }
    for (const kind of kinds) this.#signals.get(kind)?.bump();
  }

  #find(kind: KindName, name: string, key: string, keysOf: Index["keysOf"]): readonly Rec<KindName>[] {
    this.#read(kind);
    let index = this.#indexes.get(`${kind} ${name}`);
    if (!index) {
      index = { kind, keysOf, ids: new Map(), keys: new Map(), found: new Map() };
      for (const id of this.#kinds.get(kind) ?? []) reindex(index, id, this.view(id));
      this.#indexes.set(`${kind} ${name}`, index);
    }
    let found = index.found.get(key);
    if (!found) {
      found = this.#objectsOf(index.ids.get(key) ?? NOTHING);
      index.found.set(key, found);
    }
    return found;
  }

  /** The index, complete. Built at first use, as far as `warmSearch` has not done it before. */
  searchIndex(): SearchIndex {
    while (this.warmSearch(Number.POSITIVE_INFINITY));
    return this.#search as SearchIndex;
  }

  /**
   * Builds the search index a piece at a time, `count` assets per call, so that the first letter typed does not wait and the
   * app stays quick meanwhile. False when it is complete.
   */
  warmSearch(count: number): boolean {
    if (!this.#search) {
      this.#search = new SearchIndex();
      this.#unsearched = [...(this.#kinds.get("asset") ?? [])];
    }
    if (this.#unsearched.length === 0) return false;
    const places = new Map<string, string>();
    for (const id of this.#unsearched.splice(-count, count)) {
      this.#putSearch(id, this.view(id), places);
      this.#object(id); // one letter finds thousands of them at once
    }
    if (this.#unsearched.length > 0) return true;
    this.#search.settle();
    return false;
  }

  #refreshSearch(views: ReadonlyMap<string, View | undefined>, kinds: ReadonlySet<KindName>): void {
    if (!this.#search) return;
    if (kinds.has("space") || kinds.has("category")) {
      this.#search = undefined; // names of places are in every line below them: built again at the next search
      return;
    }
    if (!kinds.has("asset")) return;
    const places = new Map<string, string>();
    for (const [id, view] of views) if (!view || view.k === "asset") this.#putSearch(id, view, places);
  }

  #putSearch(id: string, view: View | undefined, places: Map<string, string>): void {
    if (!view || view.deleted) {
      this.#search?.remove(id);
      return;
    }
    const text = (field: string): string | null => (typeof view.v[field] === "string" ? (view.v[field] as string) : null);
    const category = this.#held.get(text("category") ?? "")?.v["name"] as { zh?: string; en?: string } | undefined;
    this.#search?.put({
      id,
      keys: [text("code"), text("serial"), text("asset_tag")].filter((key) => key !== null),
      words: [
        text("name"),
        text("model"),
        text("manufacturer"),
        text("person"),
        text("department"),
        this.#placeOf(text("space"), places, 0),
        category?.zh,
        category?.en,
      ],
    });
  }

  /** Names and codes from the space up to its building. */
  #placeOf(id: string | null, places: Map<string, string>, depth: number): string {
    if (!id || depth > 20) return ""; // a ring of parents ends here
    let place = places.get(id);
    if (place === undefined) {
      const values = this.view(id)?.v ?? {};
      const above = this.#placeOf(values["parent"] as string | null, places, depth + 1);
      place = [above, values["name"], values["code"]].filter(Boolean).join("\u0001");
      places.set(id, place);
    }
    return place;
  }
}

function reindex(index: Index, id: string, view: View | undefined): void {
  for (const key of index.keys.get(id) ?? NOTHING) {
    index.ids.get(key)?.delete(id);
    index.found.delete(key);
  }
  const keys = view && !view.deleted && view.k === index.kind ? index.keysOf(view.v) : [];
  for (const key of keys) {
    let ids = index.ids.get(key);
    if (!ids) index.ids.set(key, (ids = new Set()));
    ids.add(id);
    index.found.delete(key);
  }
  if (keys.length) index.keys.set(id, keys);
  else index.keys.delete(id);
}
