/**
 * What this install did: ops, blobs, half-filled forms, its key. A database of its own whose schema never changes, so that
 * no upgrade can ever stand between a saved op and its delivery. Everything else on the phone can be fetched again; this can't.
 *
 * Invariants:
 * 1. An act is one strict transaction: its ops, their blobs, the tip of the chain and its drafts, all or nothing (promise 1).
 * 2. `n` and the hash before it are read in the transaction that writes the op: two tabs can't make two ops with one `n`.
 * 3. Nothing delivered is freed: the centre may lose it and ask again (promise 9).
 */
import type { DBSchema, IDBPDatabase } from "idb";
import { open, quietly } from "./open";

/** Ops and blobs that need work are in the index `open` under these; finished ones are in no index. */
export const UNCONFIRMED = 1;
/** The centre has it; the phone has not pulled its effect yet. */
export const UNSETTLED = 2;
/** The centre kept it but did not merge it: a person has to look. */
export const ATTENTION = 3;

export interface OpRow {
  n: number;
  h: string;
  name: string;
  header: string;
  payload: string;
  salt: string;
  kind: string;
  record: string;
  user: string;
  /** Wall clock at save. */
  at: number;
  group?: { first: number; index: number; size: number };
  blobs: readonly string[];
  open?: number;
  seq?: number;
  verdict?: string;
  code?: string;
  detail?: string;
}

export interface BlobRow {
  sha256: string;
  size: number;
  mime: string;
  /** Op that named it first. */
  n: number;
  sent: number;
  confirmed_at?: number;
  problem?: string;
  refused?: boolean;
  open?: number;
}

export interface InstallRow {
  id: string;
  centre: string;
  /** DER SubjectPublicKeyInfo. */
  spki: Uint8Array<ArrayBuffer>;
  keys: CryptoKeyPair;
  /** Public key of the centre for rescue files, base64url. */
  rescue: string;
  /** h_0 of the chain. */
  genesis: string;
  enrolled_at: number;
}

export interface PersonRow {
  id: string;
  name: string;
  role: string;
  /** For the screen lock while offline: PBKDF2 of the PIN. */
  pin?: { salt: Uint8Array<ArrayBuffer>; hash: Uint8Array<ArrayBuffer>; rounds: number };
}

/** Small facts by name. */
export interface Facts {
  install: InstallRow;
  /** Id and key drawn for an enrolment whose answer has not come yet. */
  candidate: Pick<InstallRow, "id" | "keys" | "spki">;
  /** Newest op. */
  tip: { n: number; h: string };
  /** Highest seq of a finished pull; never falls. */
  x: number;
  /** Everybody who signed in here. */
  people: PersonRow[];
  /** Who is signed in, and whether the screen is locked. */
  user: { id: string; locked: boolean };
  backed_up_to: number;
}

interface Schema extends DBSchema {
  ops: { key: number; value: OpRow; indexes: { open: number; name: string; record: string } };
  blobs: { key: string; value: BlobRow; indexes: { open: number } };
  bytes: { key: string; value: Uint8Array<ArrayBuffer> };
  drafts: { key: string; value: { value: unknown } };
  keys: { key: string; value: unknown };
}

export interface Append {
  /** Makes the op rows after the tip; synchronous. What it throws aborts the act. */
  freeze(tip: { n: number; h: string }, x: number): OpRow[];
  blobs: readonly { row: Omit<BlobRow, "n">; bytes: Uint8Array<ArrayBuffer> }[];
  drop: readonly string[];
  save: Readonly<Record<string, unknown>>;
}

export interface Mark {
  n: number;
  seq: number;
  verdict: string;
  code?: string;
  detail?: string;
  open?: number;
}

export class Outbox {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(factory: IDBFactory, prefix: string, closed?: () => void): Promise<Outbox> {
    const db = await open<Schema>({
      factory,
      name: `${prefix}-outbox`,
      version: 1, // for ever
      upgrade(db) {
        const ops = db.createObjectStore("ops", { keyPath: "n" });
        ops.createIndex("open", "open");
        ops.createIndex("name", "name");
        ops.createIndex("record", "record");
        db.createObjectStore("blobs", { keyPath: "sha256" }).createIndex("open", "open");
        db.createObjectStore("bytes");
        db.createObjectStore("drafts");
        db.createObjectStore("keys");
      },
      ...(closed && { closed }),
    });
    return new Outbox(db);
  }

  close(): void {
    this.db.close();
  }

  // --- facts -------------------------------------------------------------------------------------------------------

  async fact<F extends keyof Facts>(name: F): Promise<Facts[F] | undefined> {
    return (await this.db.get("keys", name)) as Facts[F] | undefined;
  }

  async setFacts(facts: Partial<Facts>): Promise<void> {
    const tx = this.db.transaction("keys", "readwrite", { durability: "strict" });
    const puts = Object.entries(facts).map(([name, value]) => tx.store.put(value, name));
    await Promise.all([...puts, tx.done]);
  }

  /** Becomes the install of this profile; only an empty outbox may. */
  async enrol(install: InstallRow, people: PersonRow[], user: string): Promise<void> {
    const tx = this.db.transaction(["keys", "ops"], "readwrite", { durability: "strict" });
    const keys = tx.objectStore("keys");
    if ((await tx.objectStore("ops").count()) > 0) throw new Error("this profile has ops of another install");
    const puts = [
      keys.put(install, "install"),
      keys.delete("candidate"),
      keys.put({ n: 0, h: install.genesis }, "tip"),
      keys.put(0, "x"),
      keys.put(people, "people"),
      keys.put({ id: user, locked: false }, "user"),
    ];
    await Promise.all([...puts, tx.done]);
  }

  /** Raises the high-water mark. */
  async raise(x: number): Promise<void> {
    const tx = this.db.transaction("keys", "readwrite");
    const now = ((await tx.store.get("x")) as number | undefined) ?? 0;
    await Promise.all([x > now ? tx.store.put(x, "x") : undefined, tx.done]);
  }

  // --- saving ------------------------------------------------------------------------------------------------------

  /** Save an act. Resolves after the commit with the rows as saved. */
  async append(act: Append): Promise<OpRow[]> {
    const tx = this.db.transaction(["ops", "blobs", "bytes", "drafts", "keys"], "readwrite", { durability: "strict" });
    const { done } = tx;
    quietly(done); // awaited below; here so that an early throw leaves no unhandled rejection
    try {
      const keys = tx.objectStore("keys");
      const tip = (await keys.get("tip")) as Facts["tip"] | undefined;
      const x = ((await keys.get("x")) as number | undefined) ?? 0;
      if (!tip) throw new Error("not enrolled");
      const held = await Promise.all(act.blobs.map((blob) => tx.objectStore("blobs").getKey(blob.row.sha256)));
      const rows = act.freeze(tip, x);
      const writes: Promise<unknown>[] = [];
      const write = (request: Promise<unknown>): void => {
        quietly(request); // a later one may throw at once, before anybody waits for this one
        writes.push(request);
      };
      for (const row of rows) write(tx.objectStore("ops").add(row));
      const last = rows.at(-1);
      if (last) write(keys.put({ n: last.n, h: last.h }, "tip"));
      act.blobs.forEach((blob, index) => {
        if (held[index] !== undefined) return; // the same bytes again
        const owner = rows.find((row) => row.blobs.includes(blob.row.sha256)) ?? last;
        write(tx.objectStore("blobs").put({ ...blob.row, n: owner?.n ?? tip.n }));
        write(tx.objectStore("bytes").put(blob.bytes, blob.row.sha256));
      });
      for (const key of act.drop) write(tx.objectStore("drafts").delete(key));
      for (const [key, value] of Object.entries(act.save)) write(tx.objectStore("drafts").put({ value }, key));
      await Promise.all([...writes, done]);
      return rows;
    } catch (error) {
      try {
        tx.abort();
      } catch {
        // it has aborted itself
      }
      const reason: unknown = await done.then(
        () => error,
        (aborted: unknown) => aborted,
      );
      // The transaction's own reason (quota, disk) says more than the request's AbortError.
      throw error instanceof Error && error.name !== "AbortError" ? error : reason;
    }
  }

  // --- ops ---------------------------------------------------------------------------------------------------------

  /** Ops with `n` >= from, in order. */
  opsFrom(from: number, count: number): Promise<OpRow[]> {
    return this.db.getAll("ops", IDBKeyRange.lowerBound(from), count);
  }

  /** Ops with one of these states; all that are open when none is named. */
  openOps(state?: number): Promise<OpRow[]> {
    return this.db.getAllFromIndex("ops", "open", state);
  }

  op(n: number): Promise<OpRow | undefined> {
    return this.db.get("ops", n);
  }

  opNamed(name: string): Promise<OpRow | undefined> {
    return this.db.getFromIndex("ops", "name", name);
  }

  /** The newest ops first. */
  async newest(count: number): Promise<OpRow[]> {
    const found: OpRow[] = [];
    let cursor = await this.db.transaction("ops").store.openCursor(null, "prev");
    while (cursor && found.length < count) {
      found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /** Record what the centre said. Resolves with the rows as they are now. */
  async mark(marks: readonly Mark[]): Promise<OpRow[]> {
    if (marks.length === 0) return [];
    const tx = this.db.transaction("ops", "readwrite", { durability: "strict" });
    const rows: OpRow[] = [];
    for (const { n, open, ...said } of marks) {
      const row = await tx.store.get(n);
      if (!row) continue;
      const next: OpRow = { ...row, ...said };
      if (open === undefined) delete next.open;
      else next.open = open;
      rows.push(next);
      quietly(tx.store.put(next));
    }
    await tx.done;
    return rows;
  }

  /** The centre has lost what came after `n` (it was restored from an older backup): all of it is sent again. */
  async rewind(n: number): Promise<OpRow[]> {
    const tx = this.db.transaction(["ops", "blobs"], "readwrite", { durability: "strict" });
    const rows = await tx.objectStore("ops").getAll(IDBKeyRange.lowerBound(n, true));
    const fresh = rows.map(({ seq: _seq, verdict: _verdict, code: _code, detail: _detail, ...row }) => ({ ...row, open: UNCONFIRMED }));
    for (const row of fresh) quietly(tx.objectStore("ops").put(row));
    for (const { confirmed_at: _at, ...blob } of await tx.objectStore("blobs").getAll())
      quietly(tx.objectStore("blobs").put({ ...blob, sent: 0, open: UNCONFIRMED }));
    await tx.done;
    return fresh;
  }

  // --- blobs -------------------------------------------------------------------------------------------------------

  allBlobs(): Promise<BlobRow[]> {
    return this.db.getAll("blobs");
  }

  bytes(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.db.get("bytes", sha256);
  }

  async putBlob(row: BlobRow): Promise<void> {
    await this.db.put("blobs", row);
  }

  // --- drafts ------------------------------------------------------------------------------------------------------

  async draft(key: string): Promise<unknown> {
    return (await this.db.get("drafts", key))?.value;
  }

  async saveDraft(key: string, value: unknown): Promise<void> {
    const tx = this.db.transaction("drafts", "readwrite");
    const put = tx.store.put({ value }, key);
    await Promise.all([put, tx.done]);
  }

  async dropDraft(key: string): Promise<void> {
    await this.db.delete("drafts", key);
  }

  draftKeys(prefix: string): Promise<string[]> {
    return this.db.getAllKeys("drafts", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }
}
