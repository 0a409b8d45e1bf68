/**
 * What the centre told: rows of the feed, the cursors they belong to, pictures. Everything here can be fetched again, so a
 * new schema simply begins empty.
 *
 * Rows are kept a page in one text (rows.ts): writing costs what changed, and a cold start reads a few long texts instead of
 * thousands of objects. When too many pages have gathered, they are written anew from memory.
 *
 * Invariant (promise 7): a page's rows and its cursor are one transaction, and a page is taken only if the cursor is still
 * the one that was asked with; a page that comes twice changes nothing.
 */
import type { DBSchema, IDBPDatabase } from "idb";
import type { Cursor, Page, Row } from "../engine/head";
import { open, quietly } from "./open";
import { readRows, writeRows, type RowsText } from "./rows";

const VERSION = 2;
/** Pages beyond this are packed together; also when two of three rows are stale. */
export const MAX_PAGES = 64;
const PACK_ROWS = 2_000;

interface PageRow extends RowsText {
  scope: string;
  count: number;
}

interface Meta {
  cursors: Record<string, Cursor>;
  scopes: string[];
  /** Counts up when pages were taken away, so that another tab knows to read everything again. */
  generation: number;
  /** Rows held in all pages. */
  rows: number;
  /** The record kinds that the app knew when it filled the cache. */
  kinds: string;
  /** The last round of pulling came to its end: what no scope holds has left, rather than being on its way. */
  complete: boolean;
}

interface Schema extends DBSchema {
  pages: { key: number; value: PageRow; indexes: { scope: string } };
  meta: { key: string; value: Meta[keyof Meta] };
  pictures: { key: string; value: { bytes: Uint8Array<ArrayBuffer>; mime: string; at: number }; indexes: { at: number } };
}

export interface Loaded {
  pages: { scope: string; rows: Row[] }[];
  lastKey: number;
  generation: number;
  scopes: string[];
  complete: boolean;
}

export class Cache {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(factory: IDBFactory, prefix: string, closed?: () => void): Promise<Cache> {
    const db = await open<Schema>({
      factory,
      name: `${prefix}-cache`,
      version: VERSION,
      upgrade(db) {
        for (const name of [...db.objectStoreNames]) db.deleteObjectStore(name);
        db.createObjectStore("pages", { autoIncrement: true }).createIndex("scope", "scope");
        db.createObjectStore("meta");
        db.createObjectStore("pictures").createIndex("at", "at");
      },
      ...(closed && { closed }),
    });
    return new Cache(db);
  }

  close(): void {
    this.db.close();
  }

  /** Begin empty when the app has learnt new kinds: their rows were passed over before. */
  async fit(kinds: string): Promise<void> {
    const known = await this.meta("kinds");
    if (known === kinds) return;
    const tx = this.db.transaction(["pages", "meta"], "readwrite");
    if (known !== undefined) {
      quietly(tx.objectStore("pages").clear());
      quietly(tx.objectStore("meta").clear());
    }
    quietly(tx.objectStore("meta").put(kinds, "kinds"));
    await tx.done;
  }

  private async meta<M extends keyof Meta>(name: M): Promise<Meta[M] | undefined> {
    return (await this.db.get("meta", name)) as Meta[M] | undefined;
  }

  async cursors(): Promise<Record<string, Cursor>> {
    return (await this.meta("cursors")) ?? {};
  }

  /** All rows, or those of pages written after `key` if nothing was taken away since. */
  async load(after?: { key: number; generation: number }): Promise<Loaded & { whole: boolean }> {
    const tx = this.db.transaction(["pages", "meta"]);
    const meta = tx.objectStore("meta");
    const [generation, scopes, complete] = (await Promise.all([
      meta.get("generation"),
      meta.get("scopes"),
      meta.get("complete"),
    ])) as [number?, string[]?, boolean?];
    const whole = !after || after.generation !== (generation ?? 0);
    const range = whole ? null : IDBKeyRange.lowerBound(after.key, true);
    const [rows, keys] = await Promise.all([tx.objectStore("pages").getAll(range), tx.objectStore("pages").getAllKeys(range)]);
    return {
      whole,
      pages: rows.map((page) => ({ scope: page.scope, rows: readRows(page) })),
      lastKey: keys.at(-1) ?? after?.key ?? 0,
      generation: generation ?? 0,
      scopes: scopes ?? [],
      complete: complete ?? true,
    };
  }

  /** Where a reader who knows everything stands. */
  async position(): Promise<{ key: number; generation: number }> {
    const tx = this.db.transaction(["pages", "meta"]);
    const [generation, cursor] = await Promise.all([
      tx.objectStore("meta").get("generation") as Promise<number | undefined>,
      tx.objectStore("pages").openKeyCursor(null, "prev"),
    ]);
    return { key: cursor?.key ?? 0, generation: generation ?? 0 };
  }

  /**
   * Take pages of an answer to a request that named `asked`. Resolves with those that were taken: one whose scope stands at
   * another cursor by now is not.
   */
  async apply(asked: Readonly<Record<string, Cursor>>, pages: readonly Page[], scopes?: readonly string[]): Promise<Page[]> {
    const tx = this.db.transaction(["pages", "meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const store = tx.objectStore("pages");
    const cursors = ((await meta.get("cursors")) as Meta["cursors"] | undefined) ?? {};
    let rows = ((await meta.get("rows")) as number | undefined) ?? 0;
    const taken: Page[] = [];
    for (const page of pages) {
      if (!sameCursor(cursors[page.scope], asked[page.scope])) continue;
      taken.push(page);
      if (page.reset) {
        for (const key of await store.index("scope").getAllKeys(page.scope)) quietly(store.delete(key));
        quietly(meta.put((((await meta.get("generation")) as number | undefined) ?? 0) + 1, "generation"));
      }
      cursors[page.scope] = page.cursor;
      if (page.rows.length === 0) continue;
      rows += page.rows.length;
      quietly(store.add({ scope: page.scope, ...writeRows(page.rows), count: page.rows.length }));
    }
    quietly(meta.put(cursors, "cursors"));
    quietly(meta.put(rows, "rows"));
    quietly(meta.put(false, "complete"));
    if (scopes) quietly(meta.put([...scopes], "scopes"));
    await tx.done;
    return taken;
  }

  /** The round of pulling is over. */
  async complete(): Promise<void> {
    if ((await this.meta("complete")) === false) await this.db.put("meta", true, "complete");
  }

  /** Forget scopes that may not be read any more. */
  async leave(scopes: readonly string[]): Promise<void> {
    const tx = this.db.transaction(["pages", "meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const cursors = ((await meta.get("cursors")) as Meta["cursors"] | undefined) ?? {};
    for (const scope of scopes) {
      delete cursors[scope];
      for (const key of await tx.objectStore("pages").index("scope").getAllKeys(scope)) quietly(tx.objectStore("pages").delete(key));
    }
    quietly(meta.put(cursors, "cursors"));
    quietly(meta.put((((await meta.get("generation")) as number | undefined) ?? 0) + 1, "generation"));
    await tx.done;
  }

  /** Whether packing is worth its while, given how many rows are alive. */
  async isLoose(alive: number): Promise<boolean> {
    const rows = (await this.meta("rows")) ?? 0;
    return rows > 3 * alive + 2 * PACK_ROWS || (await this.db.count("pages")) > MAX_PAGES;
  }

  /** Write all pages anew. `rowsOf` gives the rows of a scope as memory holds them now; it runs inside the transaction. */
  async pack(rowsOf: (scope: string) => Iterable<Row>): Promise<void> {
    const tx = this.db.transaction(["pages", "meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const store = tx.objectStore("pages");
    const cursors = ((await meta.get("cursors")) as Meta["cursors"] | undefined) ?? {};
    const generation = ((await meta.get("generation")) as number | undefined) ?? 0;
    for (const key of await store.getAllKeys()) quietly(store.delete(key)); // keys go on counting: another tab sees only new ones
    let total = 0;
    for (const scope of Object.keys(cursors)) {
      const rows = [...rowsOf(scope)];
      total += rows.length;
      for (let at = 0; at < rows.length; at += PACK_ROWS) {
        const part = rows.slice(at, at + PACK_ROWS);
        quietly(store.add({ scope, ...writeRows(part), count: part.length }));
      }
    }
    quietly(meta.put(total, "rows"));
    quietly(meta.put(generation + 1, "generation"));
    await tx.done;
  }

  // --- pictures ----------------------------------------------------------------------------------------------------

  async picture(key: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; mime: string } | undefined> {
    return this.db.get("pictures", key);
  }

  async keepPicture(key: string, bytes: Uint8Array<ArrayBuffer>, mime: string, at: number): Promise<void> {
    await this.db.put("pictures", { bytes, mime, at }, key);
  }
}

function sameCursor(a: Cursor | undefined, b: Cursor | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1]);
}
