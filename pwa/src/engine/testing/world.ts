/** A world for the engine without a browser: hand-turned clocks and timers, a seeded random, a network that a test cuts. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { Engine } from "../engine";
import type { Channel, Env, Timer } from "../env";
import { Identity } from "../identity";
import type { FakeCentre } from "./centre";

/** Small and good enough for tests (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the network does with one request. */
export type Fault = "pass" | "lost before" | "lost after" | "cut" | "twice";

export class World {
  wall = 1_763_600_000_000;
  mono = 10_000;
  readonly factory = new IDBFactory();
  /** Next faults, one per request; afterwards everything passes. */
  faults: Fault[] = [];
  /** No network at all. */
  offline = false;
  requests: string[] = [];
  timers: { at: number; run: () => void }[] = [];
  #locks = new Map<string, Promise<unknown>>();
  #channels = new Map<string, Set<{ hear: ((message: unknown) => void) | undefined }>>();
  #random: () => number;

  constructor(
    readonly centre: FakeCentre,
    seed = 1,
  ) {
    this.#random = seeded(seed);
  }

  env(): Env {
    return {
      now: () => this.wall,
      mono: () => this.mono,
      boot: 1_763_590_000_000,
      random: (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(this.#random() * 256)),
      fetch: (path, init) => this.#fetch(path, init),
      indexedDB: this.factory,
      subtle: crypto.subtle,
      after: (ms, run): Timer => {
        const timer = { at: this.mono + ms, run };
        this.timers.push(timer);
        return { cancel: () => (this.timers = this.timers.filter((other) => other !== timer)) };
      },
      lock: (name, run) => {
        const before = this.#locks.get(name) ?? Promise.resolve();
        const mine = before.then(run, run);
        this.#locks.set(
          name,
          mine.catch(() => undefined),
        );
        return mine;
      },
      channel: (name) => this.#channel(name),
      signal: () => ({ read: () => 0, bump: () => undefined }),
      app: "test",
      databases: "sitebook",
    };
  }

  /** Opens a tab: an engine over this profile's databases. */
  async open(): Promise<{ engine: Engine; identity: Identity }> {
    const engine = await Engine.open(this.env());
    const identity = new Identity(engine, { get: () => Promise.resolve(null), create: () => Promise.resolve(null) }, "test");
    await identity.load();
    return { engine, identity };
  }

  /** Lets time pass and runs what was due. */
  async pass(ms: number): Promise<void> {
    this.wall += ms;
    this.mono += ms;
    const due = this.timers.filter((timer) => timer.at <= this.mono);
    this.timers = this.timers.filter((timer) => timer.at > this.mono);
    for (const timer of due) timer.run();
    await Promise.resolve();
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    this.requests.push(`${init?.method ?? "GET"} ${path}`);
    if (this.offline) throw new TypeError("Failed to fetch");
    const fault = this.faults.shift() ?? "pass";
    if (fault === "lost before") throw new TypeError("Failed to fetch");
    const answer = await this.centre.handle(path, init, this.wall);
    if (fault === "lost after") throw new TypeError("Failed to fetch");
    if (fault === "twice") return this.centre.handle(path, init, this.wall);
    if (fault === "cut") return new Response((await answer.text()).slice(0, -20), { status: answer.status });
    return answer;
  }

  #channel(name: string): Channel {
    const all = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, all);
    const own: { hear: ((message: unknown) => void) | undefined } = { hear: undefined };
    all.add(own);
    return {
      post: (message) => {
        for (const other of all) if (other !== own) queueMicrotask(() => other.hear?.(message));
      },
      listen: (hear) => (own.hear = hear),
      close: () => all.delete(own),
    };
  }
}
