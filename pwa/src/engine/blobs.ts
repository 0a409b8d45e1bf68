/**
 * Blobs to the centre: tus 1.0 at a content address (docs/protocol.md section 9). Records go first: a blob waits until the
 * centre holds the op that names it. One at a time, in pieces, from where the centre stands. Where the session has ended, the
 * install's signature stands in for it, so that work that was saved is delivered whoever is signed in.
 */
import type { BlobRow, InstallRow, Outbox } from "../db/outbox";
import { UNCONFIRMED } from "../db/outbox";
import { toBase64url, utf8 } from "./bytes";
import type { Env, Signal } from "./env";
import type { Status } from "./status";
import type { BlobState } from "./types";

const CHUNK = 512 * 1024;
const TRIES = 3;
/** The bytes themselves are refused: trying again changes nothing. */
const REFUSED = new Set([413, 415, 422]);

export type BlobsOutcome = "done" | "later" | "unreachable";

export class BlobSender {
  #rows = new Map<string, BlobRow>();
  #signal: Signal;
  /** Set once the door has turned a request of this run away: the rest of the run is signed. */
  #signer: { install: InstallRow; ahead: number } | undefined;
  /** Whether the centre has taken the op; set by the engine. */
  isDelivered: (n: number) => boolean = () => true;

  constructor(
    private readonly env: Env,
    private readonly outbox: Outbox,
    private readonly status: Status,
  ) {
    this.#signal = env.signal();
  }

  async load(): Promise<void> {
    this.#rows = new Map((await this.outbox.allBlobs()).map((row) => [row.sha256, row]));
    this.#count();
  }

  add(rows: readonly BlobRow[]): void {
    for (const row of rows) if (!this.#rows.has(row.sha256)) this.#rows.set(row.sha256, row);
    this.#count();
  }

  state(sha256: string): BlobState | undefined {
    this.#signal.read();
    const row = this.#rows.get(sha256);
    return row && blobState(row);
  }

  mime(sha256: string): string | undefined {
    return this.#rows.get(sha256)?.mime;
  }

  get pending(): { count: number; bytes: number } {
    const open = [...this.#rows.values()].filter((row) => row.open !== undefined);
    return { count: open.length, bytes: open.reduce((sum, row) => sum + row.size, 0) };
  }

  /** Give refused and failed ones another try. */
  async retry(): Promise<void> {
    for (const row of this.#rows.values()) {
      if (row.open === undefined || !row.problem) continue;
      const { problem: _problem, refused: _refused, ...fresh } = row;
      await this.#set(fresh);
    }
  }

  /** Send what waits. "later": something is left that the centre does not want yet; "unreachable": the network failed. */
  async run(): Promise<BlobsOutcome> {
    let left = false;
    this.#signer = undefined;
    const waiting = [...this.#rows.values()].filter((row) => row.open !== undefined && !row.refused).sort((a, b) => a.n - b.n);
    for (const row of waiting) {
      if (!this.isDelivered(row.n)) {
        left = true;
        continue;
      }
      try {
        if (!(await this.#send(row))) left = true;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        return "unreachable";
      }
    }
    return left ? "later" : "done";
  }

  /** One blob to its end. False: not now. */
  async #send(row: BlobRow): Promise<boolean> {
    const address = `/api/blobs/${row.sha256}`;
    const bytes = await this.outbox.bytes(row.sha256);
    if (!bytes) {
      await this.#set({ ...row, problem: "missing", refused: true });
      return true;
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const head = await this.#ask(address, { method: "HEAD" });
      if (head.status === 404 || head.status === 401 || head.status === 403) return false; // the op first, or a sign-in
      if (!head.ok) return this.#failed(row, head);
      let offset = Number(head.headers.get("Upload-Offset") ?? Number.NaN);
      if (!Number.isSafeInteger(offset)) return this.#failed(row, head);
      let again = false;
      while (offset < bytes.length) {
        const piece = bytes.slice(offset, offset + CHUNK);
        const answer = await this.#ask(address, {
          method: "PATCH",
          headers: {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": String(offset),
            "Upload-Length": String(bytes.length),
          },
          body: piece,
        });
        if (answer.status === 409 || answer.status === 460) {
          again = true; // it stands elsewhere, or begins anew: ask where
          break;
        }
        if (!answer.ok) return this.#failed(row, answer);
        offset = Number(answer.headers.get("Upload-Offset") ?? offset + piece.length);
        row = { ...row, sent: Math.min(offset, row.size) };
        this.#rows.set(row.sha256, row);
        this.#signal.bump();
      }
      if (again) continue;
      const { open: _open, problem: _problem, refused: _refused, ...rest } = row;
      await this.#set({ ...rest, sent: row.size, confirmed_at: this.env.now() });
      return true;
    }
    await this.#set({ ...row, problem: "checksum" });
    return false;
  }

  async #failed(row: BlobRow, answer: Response): Promise<boolean> {
    let problem = `http_${answer.status}`;
    try {
      problem = ((await answer.json()) as { code?: string }).code ?? problem;
    } catch {
      // no problem document
    }
    const refused = REFUSED.has(answer.status);
    await this.#set({ ...row, problem, refused });
    return refused; // a refused one is not waited for
  }

  /** One request; by the session, or when the door turns that away, once more by the install's signature. */
  async #ask(address: string, init: BlobRequest): Promise<Response> {
    const answer = await this.#fetch(address, init);
    if (this.#signer || (answer.status !== 401 && answer.status !== 403)) return answer;
    const install = await this.outbox.fact("install");
    if (!install) return answer;
    // The signature holds the centre's time; a phone whose clock is wrong learns it from this answer.
    const time = Date.parse(answer.headers.get("Date") ?? "");
    this.#signer = { install, ahead: Number.isNaN(time) ? 0 : time - this.env.now() };
    return this.#fetch(address, init);
  }

  async #fetch(address: string, init: BlobRequest): Promise<Response> {
    const signature = this.#signer && (await this.#sign(this.#signer, address, init));
    try {
      return await this.env.fetch(address, {
        ...init,
        credentials: "same-origin",
        headers: { "Tus-Resumable": "1.0.0", ...init.headers, ...signature },
      });
    } catch (error) {
      throw new Unreachable("the centre did not answer", { cause: error });
    }
  }

  async #sign(signer: { install: InstallRow; ahead: number }, address: string, init: BlobRequest): Promise<Record<string, string>> {
    const time = String(this.env.now() + signer.ahead);
    const message = ["sitebook-blob-1", init.method, address, init.headers?.["Upload-Offset"] ?? "", time].join("\n");
    const key = signer.install.keys.privateKey;
    const signature = await this.env.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(message));
    return {
      "Sitebook-Install": signer.install.id,
      "Sitebook-Time": time,
      "Sitebook-Signature": toBase64url(new Uint8Array(signature)),
    };
  }

  async #set(row: BlobRow): Promise<void> {
    await this.outbox.putBlob(row);
    this.#rows.set(row.sha256, row);
    this.#count();
  }

  #count(): void {
    const { count, bytes } = this.pending;
    this.status.set({ pendingBlobs: count, bytes, confirmedBlobs: this.#rows.size - count });
    this.#signal.bump();
  }
}

interface BlobRequest {
  method: "HEAD" | "PATCH";
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
}

class Unreachable extends Error {}

export function blobState(row: BlobRow): BlobState {
  return {
    sha256: row.sha256,
    size: row.size,
    mime: row.mime,
    sent: row.sent,
    confirmed: row.confirmed_at !== undefined,
    ...(row.problem && { problem: row.problem }),
    ...(row.refused && { refused: true }),
  };
}

export const newBlobRow = (sha256: string, size: number, mime: string): Omit<BlobRow, "n"> => ({
  sha256,
  size,
  mime,
  sent: 0,
  open: UNCONFIRMED,
});
