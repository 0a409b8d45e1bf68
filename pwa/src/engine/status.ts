/** What the sync bar and the outbox say; every read is reactive. */
import type { Signal } from "./env";
import type { SyncProblem, SyncStatus } from "./types";

interface Fields {
  pendingOps: number;
  pendingBlobs: number;
  confirmedBlobs: number;
  bytes: number;
  reachable: boolean | undefined;
  lastContactAt: number | undefined;
  running: boolean;
  bootstrap: { readonly done: number; readonly total: number | undefined } | undefined;
  problem: SyncProblem | undefined;
  attention: number;
  session: boolean | undefined;
  upgrade: boolean;
}

export class Status implements SyncStatus {
  #signal: Signal;
  #fields: Fields = {
    pendingOps: 0,
    pendingBlobs: 0,
    confirmedBlobs: 0,
    bytes: 0,
    reachable: undefined,
    lastContactAt: undefined,
    running: false,
    bootstrap: undefined,
    problem: undefined,
    attention: 0,
    session: undefined,
    upgrade: false,
  };

  constructor(signal: Signal) {
    this.#signal = signal;
  }

  set(fields: Partial<Fields>): void {
    let changed = false;
    for (const [name, value] of Object.entries(fields) as [keyof Fields, never][]) {
      if (this.#fields[name] === value) continue;
      this.#fields[name] = value;
      changed = true;
    }
    if (changed) this.#signal.bump();
  }

  #get<F extends keyof Fields>(name: F): Fields[F] {
    this.#signal.read();
    return this.#fields[name];
  }

  get pendingOps(): number {
    return this.#get("pendingOps");
  }
  get pendingBlobs(): number {
    return this.#get("pendingBlobs");
  }
  get confirmedBlobs(): number {
    return this.#get("confirmedBlobs");
  }
  get bytes(): number {
    return this.#get("bytes");
  }
  get reachable(): boolean | undefined {
    return this.#get("reachable");
  }
  get lastContactAt(): number | undefined {
    return this.#get("lastContactAt");
  }
  get running(): boolean {
    return this.#get("running");
  }
  get bootstrap(): Fields["bootstrap"] {
    return this.#get("bootstrap");
  }
  get problem(): SyncProblem | undefined {
    return this.#get("problem");
  }
  get attention(): number {
    return this.#get("attention");
  }
  get session(): boolean | undefined {
    return this.#get("session");
  }
  get upgrade(): boolean {
    return this.#get("upgrade");
  }
}
