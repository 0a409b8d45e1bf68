/**
 * One round with the centre: push what is not confirmed, pull what is new, until both are done (docs/protocol.md 3 and 4).
 *
 * Promises kept here:
 * 1. An op is sent again until a verdict for it was stored; an answer that was lost or cut changes nothing.
 * 7. Rows and cursor are one transaction in the cache, and memory follows only after it.
 * 8. A withdrawn scope is dropped only when nothing waits to be delivered.
 * 9. When the centre turns out to hold less than it confirmed, what it lost is sent again.
 */
import type { Cache } from "../db/cache";
import { ATTENTION, UNCONFIRMED, UNSETTLED, type InstallRow, type Mark, type OpRow, type Outbox } from "../db/outbox";
import { HEAD_ROOM } from "./act";
import type { Env } from "./env";
import { batch, MAX_OPS, MAX_REQUEST, writeRequest, type Answer, type Cursors, type VerdictRun } from "./head";
import type { Status } from "./status";
import type { Store } from "./store";

/** Why a round ended early. */
export class RoundFailed extends Error {
  constructor(
    readonly reason: "offline" | "server" | "gap",
    message: string,
    readonly status = 0,
    readonly code = "",
    /** ms that the centre asked to wait. */
    readonly wait: number | undefined = undefined,
  ) {
    super(message);
  }
}

export interface RoundHost {
  env: Env;
  outbox: Outbox;
  cache: Cache;
  store: Store;
  status: Status;
  install: InstallRow;
  /** Pending blobs, for what the install announces of itself. */
  blobs(): { count: number; bytes: number };
  /** The centre's clock was heard. */
  contact(time: number): void;
  /** Ops were confirmed, settled or rewound. */
  opsChanged(rows: readonly OpRow[]): void;
  /** Rows of the feed were stored. */
  pulled(): void;
}

/** A round never needs this many requests unless the two sides contradict each other. */
const MAX_GAPS = 3;

export async function syncRound(host: RoundHost): Promise<Answer> {
  let gaps = 0;
  let received = 0;
  for (;;) {
    const cursors = await host.cache.cursors();
    const { body, sent, from } = await prepare(host, cursors);
    const answer = await exchange(host, body);
    host.contact(answer.time);
    if (answer.centre !== host.install.centre)
      throw new RoundFailed("server", "another centre answered at this address", 200, "centre_other");
    const lost = !answer.gap && answer.have.every((tip) => tip.n < from + sent.length - 1) && from + sent.length > 1;
    if (answer.gap || lost) {
      if (++gaps > MAX_GAPS) throw new RoundFailed("gap", "the centre and this phone do not agree on the chain");
      host.opsChanged(await host.outbox.rewind(await deepest(host, answer)));
    } else {
      host.opsChanged(await host.outbox.mark(marksOf(answer.verdicts, sent)));
    }
    received += await take(host, cursors, answer);
    if (answer.more) host.status.set({ bootstrap: { done: received, total: undefined } });
    const unsent = await host.outbox.openOps(UNCONFIRMED);
    if (!answer.more && unsent.length === 0) {
      if (answer.session) await finish(host, answer);
      host.status.set({ bootstrap: undefined, session: answer.session, upgrade: answer.upgrade === true });
      return answer;
    }
    if (!answer.more && unsent[0] && unsent[0].n === sent[0]?.n && !answer.gap && !lost)
      throw new RoundFailed("server", "the centre gave no verdict for what was sent", 200, "no_verdict");
  }
}

async function prepare(host: RoundHost, cursors: Cursors): Promise<{ body: Uint8Array<ArrayBuffer>; sent: OpRow[]; from: number }> {
  const open = await host.outbox.openOps(UNCONFIRMED);
  const tip = (await host.outbox.fact("tip")) ?? { n: 0, h: host.install.genesis };
  const from = open[0]?.n ?? tip.n + 1;
  const before = from === 1 ? undefined : await host.outbox.op(from - 1);
  const prev = from === 1 ? host.install.genesis : from === tip.n + 1 ? tip.h : before?.h;
  if (prev === undefined) throw new RoundFailed("gap", `op ${from - 1} is not on this phone any more`);
  const waiting = open.length ? await host.outbox.opsFrom(from, MAX_OPS) : [];
  const sent = batch(waiting, MAX_REQUEST - HEAD_ROOM);
  if (waiting.length > 0 && sent.length === 0) throw new RoundFailed("gap", `op ${from} does not fit a request`);
  const blobs = host.blobs();
  const body = await writeRequest(
    {
      centre: host.install.centre,
      install: host.install.id,
      from,
      prev,
      ops: sent,
      cursors,
      stats: { tip: tip.n, pending: open.length, blobs: blobs.count, bytes: blobs.bytes, app: host.env.app },
    },
    (bytes) => signWith(host, bytes),
  );
  return { body, sent, from };
}

async function signWith(host: RoundHost, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const key = host.install.keys.privateKey;
  return new Uint8Array(await host.env.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, bytes));
}

/** Send one request. Throws RoundFailed; whatever is not a whole answer counts as no answer. */
async function exchange(host: RoundHost, body: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const zipped = body.length > 1_000 && host.env.gzip ? await host.env.gzip(body) : undefined;
  let response: Response;
  let text: string;
  try {
    response = await host.env.fetch("/api/sync", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/x-ndjson", ...(zipped && { "Content-Encoding": "gzip" }) },
      body: zipped ?? body,
    });
    text = await response.text();
  } catch (error) {
    throw new RoundFailed("offline", String(error));
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Something between us and the centre answered (a portal of a hotel network), or the answer was cut.
    throw new RoundFailed("offline", `no answer of a centre: HTTP ${response.status}`);
  }
  if (!response.ok) {
    const problem = parsed as { code?: string; detail?: string };
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    throw new RoundFailed(
      "server",
      problem.detail ?? "",
      response.status,
      problem.code ?? "",
      Number.isFinite(seconds) ? seconds * 1_000 : undefined,
    );
  }
  const answer = parsed as Answer;
  if (typeof answer !== "object" || answer === null || !Array.isArray(answer.have) || !Array.isArray(answer.pages))
    throw new RoundFailed("offline", "no answer of a centre");
  return answer;
}

/** `n` of the deepest entry of `have` on our own chain; 0 is the genesis, which the centre always has. */
async function deepest(host: RoundHost, answer: Answer): Promise<number> {
  for (const tip of [...answer.have].sort((a, b) => b.n - a.n)) {
    const own = tip.n > 0 ? await host.outbox.op(tip.n) : undefined;
    if (own?.h === tip.h) return tip.n;
  }
  return 0;
}

const STATE: Readonly<Record<string, number | undefined>> = {
  parked: ATTENTION,
  quarantined: ATTENTION,
  lost: ATTENTION,
  dismissed: undefined,
};

function marksOf(runs: readonly VerdictRun[], sent: readonly OpRow[]): Mark[] {
  const first = sent[0]?.n ?? 0;
  const last = sent.at(-1)?.n ?? -1;
  const marks: Mark[] = [];
  for (const run of runs) {
    for (let index = 0; index < (run.count ?? 1); index++) {
      const n = run.n + index;
      if (n < first || n > last) continue;
      const open = run.v in STATE ? STATE[run.v] : UNSETTLED;
      marks.push({
        n,
        seq: run.seq + index,
        verdict: run.v,
        ...(run.code && { code: run.code }),
        ...(run.detail && { detail: run.detail }),
        ...(open !== undefined && { open }),
      });
    }
  }
  return marks;
}

/** Store the pages, then show them. How many rows came. */
async function take(host: RoundHost, asked: Cursors, answer: Answer): Promise<number> {
  if (!answer.session || (answer.pages.length === 0 && sameScopes(host.store.scopes(), answer.scopes))) return 0;
  const taken = await host.cache.apply(asked, answer.pages, answer.scopes);
  host.store.applyPages(taken);
  host.store.setScopes(answer.scopes);
  host.pulled();
  return taken.reduce((sum, page) => sum + page.rows.length, 0);
}

const sameScopes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((scope, index) => scope === b[index]);

/** Everything is pulled and pushed: let go of what may go. */
async function finish(host: RoundHost, answer: Answer): Promise<void> {
  const allowed = new Set(answer.scopes);
  const withdrawn = Object.keys(await host.cache.cursors()).filter((scope) => !allowed.has(scope));
  if (withdrawn.length > 0) {
    await host.cache.leave(withdrawn);
    host.store.leave(withdrawn);
  }
  host.store.sweep();
  await host.cache.complete();
  await host.outbox.raise(answer.top);
  await settle(host, answer);
  if (await host.cache.isLoose(host.store.size)) await host.cache.pack((scope) => host.store.rowsOf(scope));
  host.pulled();
}

/** Ops whose effect has been pulled need no overlay; ops that a person has decided on need no more attention. */
async function settle(host: RoundHost, { top, scopes }: Answer): Promise<void> {
  const marks: Mark[] = [];
  const keep = (row: OpRow): Omit<Mark, "open"> => ({ n: row.n, seq: row.seq ?? 0, verdict: row.verdict ?? "applied" });
  for (const row of await host.outbox.openOps(UNSETTLED))
    if (row.seq !== undefined && row.seq <= top && row.verdict !== "waiting") marks.push(keep(row));
  const attention = await host.outbox.openOps(ATTENTION);
  if (attention.length > 0) {
    const parked = new Map(host.store.all("parked").map((rec) => [rec.op, rec]));
    for (const row of attention) {
      // Only its author's session shows what became of it: somebody else's silence is no decision.
      if (row.verdict !== "parked" || (row.seq ?? 0) > top || !scopes.includes(`user:${row.user}`)) continue;
      const rec = parked.get(row.name);
      if (rec?.verdict === "parked") continue;
      marks.push({ ...keep(row), verdict: rec?.verdict ?? "dismissed" });
    }
  }
  if (marks.length === 0) return;
  const rows = await host.outbox.mark(marks);
  host.opsChanged(rows);
}
