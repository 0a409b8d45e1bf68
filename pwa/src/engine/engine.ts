/**
 * The engine of one tab: databases, memory, acts, and the two loops (records, blobs). It knows no screen and no browser; all
 * of the world comes in as `Env`, so that a simulator drives exactly this.
 */
import { Cache } from "../db/cache";
import { ATTENTION, Outbox, UNCONFIRMED, UNSETTLED, type Facts, type InstallRow, type OpRow } from "../db/outbox";
import { KINDS, type KindName } from "../model/generated";
import { checkDrafts, freezeActs, ownOp } from "./act";
import { BlobSender, newBlobRow } from "./blobs";
import { sha256hex } from "./bytes";
import type { Channel, Env, Signal, Timer } from "./env";
import { RoundFailed, syncRound, type RoundHost } from "./loop";
import { Status } from "./status";
import { Store } from "./store";
import { NotSaved, type ActOptions, type Draft, type OutboxItem, type Saved, type Verdict } from "./types";

const POLL_MS = 30_000;
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 120_000;

export class Engine {
  readonly store: Store;
  readonly status: Status;
  readonly blobs: BlobSender;
  /** Another tab signed somebody in or out. */
  identityChanged: () => void = () => undefined;
  install: InstallRow | undefined;
  user: Facts["user"] | undefined;
  #contact: { time: number; mono: number } | undefined;
  #open = new Map<number, number>();
  #outboxSignal: Signal;
  #channel: Channel;
  #position = { key: 0, generation: 0 };
  #acting: Promise<unknown> = Promise.resolve();
  #round: Promise<void> | undefined;
  #again = false;
  #sending: Promise<void> | undefined;
  #sendAgain = false;
  #timer: Timer | undefined;
  #failures = 0;
  #stopped = false;

  private constructor(
    readonly env: Env,
    readonly outbox: Outbox,
    readonly cache: Cache,
  ) {
    this.store = new Store(() => env.signal());
    this.status = new Status(env.signal());
    this.#outboxSignal = env.signal();
    this.blobs = new BlobSender(env, outbox, this.status);
    this.blobs.isDelivered = (n) => this.#open.get(n) !== UNCONFIRMED;
    this.#channel = env.channel(`${env.databases}-tabs`);
    this.#channel.listen((message) => void this.#hear(message));
  }

  /** Opens the databases and fills memory from them; no network. `closed`: the databases were taken away, reload the page. */
  static async open(env: Env, closed?: () => void): Promise<Engine> {
    const [outbox, cache] = await Promise.all([
      Outbox.open(env.indexedDB, env.databases, closed),
      Cache.open(env.indexedDB, env.databases, closed),
    ]);
    const engine = new Engine(env, outbox, cache);
    await cache.fit(Object.keys(KINDS).join(" "));
    const [loaded, install, user, open] = await Promise.all([
      cache.load(),
      outbox.fact("install"),
      outbox.fact("user"),
      outbox.openOps(),
      engine.blobs.load(),
    ]);
    engine.#position = { key: loaded.lastKey, generation: loaded.generation };
    engine.install = install;
    engine.user = user;
    engine.store.applyPages(loaded.pages);
    if (loaded.complete) engine.store.sweep();
    engine.store.setScopes(loaded.scopes);
    engine.#takeOps(open);
    return engine;
  }

  /** Stops timers and closes the databases; what is under way ends by itself. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#channel.close();
    await Promise.allSettled([this.#acting, this.#round, this.#sending]);
    this.outbox.close();
    this.cache.close();
  }

  // --- acts --------------------------------------------------------------------------------------------------------

  /** See `act` in api.ts. Acts of one tab are saved one after the other, in the order of the calls. */
  act(drafts: readonly Draft[], options: ActOptions = {}): Promise<Saved> {
    const run = this.#acting.then(() => this.#save(drafts, options));
    this.#acting = run.catch(() => undefined);
    return run;
  }

  async #save(drafts: readonly Draft[], options: ActOptions): Promise<Saved> {
    const { install, user } = this;
    if (!install || !user) throw new NotSaved("not_enrolled", "nobody is signed in on this phone");
    checkDrafts(drafts, this.store);
    const blobs = (options.blobs ?? []).map(({ bytes, mime, sha256 }) => ({
      row: newBlobRow(sha256 ?? sha256hex(bytes), bytes.length, mime),
      bytes: new Uint8Array(bytes), // a copy of exactly these bytes, not of a larger buffer they lie in
    }));
    const { env } = this;
    const author = {
      install: install.id,
      user: user.id,
      times: [env.now(), env.boot, env.mono(), this.#contact?.time ?? null, this.#contact?.mono ?? null] as const,
      salt: () => env.random(16),
    };
    let rows: OpRow[];
    try {
      rows = await this.outbox.append({
        freeze: (tip, x) => freezeActs(drafts, options, author, this.store, tip, x),
        blobs,
        drop: options.drop ?? [],
        save: options.save ?? {},
      });
    } catch (error) {
      throw notSaved(error);
    }
    this.#takeOps(rows);
    const last = rows.at(-1);
    this.blobs.add(blobs.map(({ row }) => ({ ...row, n: rows.find((op) => op.blobs.includes(row.sha256))?.n ?? last?.n ?? 0 })));
    this.#channel.post({ changed: "outbox" });
    this.kick();
    return { ops: rows.map(({ n, h, name, kind, record }) => ({ n, h, name, kind, record })) };
  }

  /** Half-filled forms: see DraftsApi. */
  readonly drafts = {
    load: async <T>(key: string): Promise<T | undefined> => (await this.outbox.draft(key)) as T | undefined,
    save: async (key: string, value: unknown): Promise<void> => {
      try {
        await this.outbox.saveDraft(key, value);
      } catch (error) {
        throw notSaved(error);
      }
    },
    drop: (key: string): Promise<void> => this.outbox.dropDraft(key),
    keys: (prefix: string): Promise<string[]> => this.outbox.draftKeys(prefix),
  };

  /** Memory follows the outbox: overlay, counters, list. */
  #takeOps(rows: readonly OpRow[]): void {
    const settled = new Set<number>();
    for (const row of rows) {
      if (row.open === undefined) {
        this.#open.delete(row.n);
        settled.add(row.n);
      } else {
        this.#open.set(row.n, row.open);
      }
    }
    if (settled.size > 0) this.store.dropOwn(settled);
    this.store.putOwn(rows.filter((row) => row.open !== undefined).map(ownOp));
    let pendingOps = 0;
    let attention = 0;
    for (const state of this.#open.values()) {
      if (state === UNCONFIRMED) pendingOps++;
      if (state === ATTENTION) attention++;
    }
    this.status.set({ pendingOps, attention });
    this.#outboxSignal.bump();
  }

  // --- the outbox list ---------------------------------------------------------------------------------------------

  outboxVersion(): number {
    return this.#outboxSignal.read();
  }

  /** See SyncApi.outbox. */
  async list(limit = 200): Promise<readonly OutboxItem[]> {
    const [open, newest] = await Promise.all([this.outbox.openOps(), this.outbox.newest(limit)]);
    const rows = new Map([...open, ...newest].map((row) => [row.n, row]));
    return [...rows.values()]
      .sort((a, b) => rank(a) - rank(b) || b.n - a.n)
      .slice(0, Math.max(limit, open.length))
      .map((row) => this.#item(row));
  }

  #item(row: OpRow): OutboxItem {
    const [kind = "", act] = row.kind.split(".");
    return {
      n: row.n,
      kind: kind as KindName,
      deleted: act === "delete",
      record: row.record,
      title: this.title(row.record),
      user: row.user,
      at: row.at,
      ...(row.verdict && { verdict: row.verdict as Verdict }),
      ...(row.code && { code: row.code }),
      ...(row.detail && { detail: row.detail }),
      blobs: row.blobs.map((sha256) => this.blobs.state(sha256)).filter((state) => state !== undefined),
    };
  }

  /** What people call a record: code and name, or those of what it belongs to. */
  title(id: string, depth = 0): string {
    const values = this.store.view(id)?.v;
    if (!values || depth > 3) return "";
    const own = ["code", "number", "name", "title"]
      .map((field) => values[field])
      .map((value) => (typeof value === "string" ? value : ((value as { zh?: string; en?: string } | null)?.zh ?? "")))
      .filter(Boolean);
    if (own.length > 0) return own.join(" ");
    for (const field of ["asset", "round", "space", "site"]) {
      const other = values[field];
      const title = typeof other === "string" ? this.title(other, depth + 1) : "";
      if (title) return title;
    }
    return "";
  }

  /** Full hash of an op by its name: of this install's own ops, and of others as far as the centre sent it. */
  async fullHash(name: string): Promise<string | undefined> {
    return (await this.outbox.opNamed(name))?.h ?? this.store.fullHash(name);
  }

  // --- syncing -----------------------------------------------------------------------------------------------------

  /** Start a round soon: after an act, on `online`, when the page becomes visible, on the timer. */
  kick(): void {
    if (!this.install || this.#stopped) return;
    void this.now();
  }

  /** A round now, or the one that is running followed by another. Resolves when all is over; failures are in `status`. */
  now(): Promise<void> {
    if (!this.install || this.#stopped) return Promise.resolve();
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #rounds(): Promise<void> {
    this.#timer?.cancel();
    this.status.set({ running: true });
    let wait = POLL_MS;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.env.lock(`${this.env.databases}-sync`, () => this.#oneRound());
        this.#failures = 0;
        wait = POLL_MS;
        this.status.set({ reachable: true, problem: undefined });
      } catch (error) {
        wait = this.#failed(error);
        this.#again = false;
      }
    }
    this.status.set({ running: false });
    if (!this.#stopped) this.#timer = this.env.after(wait, () => this.kick());
  }

  async #oneRound(): Promise<void> {
    const { install } = this;
    if (!install) return;
    await this.#refreshCache(); // what another tab pulled meanwhile
    try {
      await syncRound(this.#host(install));
    } finally {
      this.#position = await this.cache.position();
    }
    this.sendBlobs();
  }

  #host(install: InstallRow): RoundHost {
    return {
      env: this.env,
      outbox: this.outbox,
      cache: this.cache,
      store: this.store,
      status: this.status,
      install,
      blobs: () => this.blobs.pending,
      contact: (time) => {
        this.#contact = { time, mono: this.env.mono() };
        this.status.set({ reachable: true, lastContactAt: this.env.now() });
      },
      opsChanged: (rows) => {
        if (rows.length === 0) return;
        this.#takeOps(rows);
        this.#channel.post({ changed: "outbox" });
        if (rows.some((row) => row.open === UNSETTLED || row.open === ATTENTION)) this.sendBlobs();
        if (rows.some((row) => row.open === UNCONFIRMED)) void this.blobs.load();
      },
      pulled: () => this.#channel.post({ changed: "cache" }),
    };
  }

  #failed(error: unknown): number {
    this.#failures++;
    const base = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (this.#failures - 1));
    const share = (this.env.random(1)[0] ?? 0) / 255;
    const wait = Math.round(base * (0.5 + share));
    if (!(error instanceof RoundFailed)) {
      this.status.set({ problem: { code: "storage", detail: String(error) } });
      return wait;
    }
    if (error.reason === "offline") this.status.set({ reachable: false, problem: { code: "offline" } });
    else if (error.reason === "gap") this.status.set({ problem: { code: "gap" } });
    else
      this.status.set({
        reachable: error.status < 500,
        problem: { code: "server", status: error.status, problem: error.code, detail: error.message },
      });
    return Math.max(wait, error.wait ?? 0);
  }

  /** Send blobs whose ops the centre has. Beside the rounds, so that a large photo never holds up a record. */
  sendBlobs(): void {
    if (this.#stopped || this.blobs.pending.count === 0) return;
    this.#sendAgain = true;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    while (this.#sendAgain && !this.#stopped) {
      this.#sendAgain = false;
      try {
        const outcome = await this.env.lock(`${this.env.databases}-blobs`, () => this.blobs.run());
        if (outcome === "unreachable") {
          this.status.set({ reachable: false });
          this.#sendAgain = false; // the next round tries again
        }
      } catch (error) {
        this.status.set({ problem: { code: "storage", detail: String(error) } });
      }
      this.#channel.post({ changed: "outbox" });
      this.#outboxSignal.bump();
    }
  }

  /** Rounds and uploads that are under way, and those they lead to. */
  async idle(): Promise<void> {
    while (this.#round || this.#sending) await Promise.allSettled([this.#round, this.#sending]);
  }

  // --- other tabs --------------------------------------------------------------------------------------------------

  async #hear(message: unknown): Promise<void> {
    if (this.#stopped) return;
    const changed = (message as { changed?: string } | null)?.changed;
    if (changed === "outbox") await this.#refreshOutbox();
    if (changed === "cache" && !this.#round) await this.#refreshCache();
    if (changed === "identity") {
      await this.loadIdentity();
      this.identityChanged();
    }
  }

  async #refreshOutbox(): Promise<void> {
    const open = await this.outbox.openOps();
    const still = new Set(open.map((row) => row.n));
    const settled = [...this.#open.keys()].filter((n) => !still.has(n));
    const rows = await Promise.all(settled.map((n) => this.outbox.op(n)));
    // First the rows that the overlay rested on, then let go of it.
    await this.#refreshCache();
    this.#takeOps([...open, ...rows.filter((row) => row !== undefined)]);
    await this.blobs.load();
  }

  async #refreshCache(): Promise<void> {
    const loaded = await this.cache.load(this.#position);
    if (loaded.whole) this.store.clear();
    this.store.applyPages(loaded.pages);
    if (loaded.complete) this.store.sweep();
    this.store.setScopes(loaded.scopes);
    this.#position = { key: loaded.lastKey, generation: loaded.generation };
  }

  // --- identity ----------------------------------------------------------------------------------------------------

  async loadIdentity(): Promise<void> {
    this.install = await this.outbox.fact("install");
    this.user = await this.outbox.fact("user");
  }

  /** Tell the other tabs that somebody else is signed in. */
  announceIdentity(): void {
    this.#channel.post({ changed: "identity" });
  }
}

/** Pending first, then what a person has to look at, then the rest. */
function rank(row: OpRow): number {
  if (row.open === UNCONFIRMED) return 0;
  return row.open === ATTENTION ? 1 : 2;
}

function notSaved(error: unknown): NotSaved {
  if (error instanceof NotSaved) return error;
  const name = (error as { name?: string } | null)?.name;
  const message = error instanceof Error ? error.message : String(error);
  if (name === "QuotaExceededError") return new NotSaved("quota", "the phone has no room left", undefined, error);
  if (name === "DataCloneError") return new NotSaved("invalid", message, undefined, error);
  if (message === "not enrolled") return new NotSaved("not_enrolled", message, undefined, error);
  return new NotSaved("failed", message, undefined, error);
}
