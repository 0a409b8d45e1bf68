/** What the engine needs of the world, so that a simulator can be one: nothing here is reached for directly. */
import type { Random } from "./ids";

export interface Timer {
  cancel(): void;
}

/** Reads depend on it, writes announce themselves: a rune in the app, nothing in the simulator. */
export interface Signal {
  read(): number;
  bump(): void;
}

export interface Channel {
  post(message: unknown): void;
  listen(hear: (message: unknown) => void): void;
  close(): void;
}

export interface Env {
  /** Wall clock, integer ms UTC. */
  now(): number;
  /** Monotonic clock of this boot, integer ms. */
  mono(): number;
  /** Wall clock when the monotonic one began, integer ms. */
  readonly boot: number;
  readonly random: Random;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly indexedDB: IDBFactory;
  readonly subtle: SubtleCrypto;
  after(ms: number, run: () => void): Timer;
  /** Run alone among all tabs of this profile. */
  lock<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Messages to the other tabs of this profile. */
  channel(name: string): Channel;
  signal(): Signal;
  gzip?(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Version of the app, told to the centre. */
  readonly app: string;
  /** Prefix of database names; "sitebook" in the app. */
  readonly databases: string;
}
