/**
 * A small centre for the engine's own tests: the wire and the order of the real one, its rules only as far as these tests
 * go. What the two sides owe each other is tested against the real core elsewhere.
 */
import { KINDS, type KindName } from "../../model/generated";
import { bytesToHex, concat, fromBase64url, sha256, toBase64url, utf8 } from "../bytes";
import type { Answer, Cursor, Page, Row, VerdictRun } from "../head";
import { genesis, hashOf, opName, type Header, type Payload } from "../op";

const EPOCH = 2 ** 40;

interface Record_ {
  k: string;
  v: Record<string, unknown>;
  o: Record<string, string>;
  q: number;
  deleted: boolean;
  scopes: string[];
}

interface Kept {
  n: number;
  h: string;
  seq: number;
  verdict: string;
  code?: string;
}

export class FakeCentre {
  readonly id = "AAECAwQFBgcICQoLDA0ODw";
  spki: Uint8Array<ArrayBuffer> | undefined;
  install = "";
  /** The person whose session comes with every request; undefined: none. */
  session: string | undefined = "019a0000-0000-7000-8000-000000000001";
  /** How far this clock is ahead of the phone's, ms. */
  ahead = 0;
  scopes = ["company", "site:1"];
  pageRows = 2_000;
  records = new Map<string, Record_>();
  ops: Kept[] = [];
  blobs = new Map<string, { length: number; bytes: Uint8Array<ArrayBuffer> }>();
  heads: string[] = [];
  /** Kinds that are parked. */
  parks = new Set<string>();
  #seq = EPOCH;
  #log = new Map<number, string>([[EPOCH, "000000000000"]]);
  #feed: { scope: string; seq: number; id: string; gone: boolean }[] = [];
  #named = new Set<string>();

  async handle(path: string, init: RequestInit | undefined, now: number): Promise<Response> {
    if (path === "/api/sync") return this.#sync(init?.body as Uint8Array<ArrayBuffer>, now);
    if (path.startsWith("/api/blobs/")) return this.#blob(path.slice("/api/blobs/".length), init, now + this.ahead);
    if (path === "/api/invitations/inspect") return Response.json({ centre: this.id, user: this.session, name: "李伟", role: "engineer" });
    if (path === "/api/enrol") return this.#enrol(JSON.parse(init?.body as string) as Record<string, string>);
    return Response.json({ code: "no_such_page", detail: path }, { status: 404 });
  }

  /** A change by somebody else: `values` as an op would set them. */
  write(id: string, kind: KindName, values: Record<string, unknown>, scopes: string[] = ["site:1"], writer = `w${this.#seq}`.slice(-12)): void {
    this.#merge(id, kind, values, writer, scopes, false);
  }

  /** Back to an older state: everything after the first `ops` ops is lost, and seqs go on in a new epoch. */
  restore(ops: number): void {
    const kept = this.ops.slice(0, ops);
    const top = kept.at(-1)?.seq ?? EPOCH;
    this.ops = kept;
    for (const [id, record] of this.records) if (record.q > top) this.records.delete(id);
    this.#feed = this.#feed.filter((entry) => entry.seq <= top);
    for (const seq of [...this.#log.keys()]) if (seq > top) this.#log.delete(seq);
    this.#seq = Math.floor(this.#seq / EPOCH) * EPOCH + EPOCH;
    this.#log.set(this.#seq, "epoch2000000");
    this.blobs.clear();
  }

  get top(): number {
    return this.#seq;
  }

  async #enrol(body: Record<string, string>): Promise<Response> {
    this.install = body["install"] ?? "";
    this.spki = fromBase64url(body["spki"] ?? "");
    const message = ["sitebook-enrol-1", this.id, this.install, body["invitation"]].join("\n");
    if (!(await this.#verify(utf8(message), fromBase64url(body["proof"] ?? ""))))
      return Response.json({ code: "proof_wrong", detail: "" }, { status: 403 });
    return Response.json(
      { centre: this.id, user: { id: this.session, name: "李伟", role: "engineer" }, rescue_key: "cmVzY3Vl", ways: { passkeys: 0, pin: false }, time: 0 },
      { status: 201 },
    );
  }

  async #verify(message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (!this.spki) return false;
    const key = await crypto.subtle.importKey("spki", this.spki, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
  }

  async #sync(body: Uint8Array<ArrayBuffer>, now: number): Promise<Response> {
    const [headLine = "", signatureLine = "", ...lines] = new TextDecoder().decode(body).trimEnd().split("\n");
    const head = JSON.parse(headLine) as { i: string; from: number; prev: string; n: number; h: string; cursors: Record<string, Cursor> | null };
    const { sig } = JSON.parse(signatureLine) as { sig: string };
    if (head.i !== this.install || !(await this.#verify(utf8(headLine), fromBase64url(sig))))
      return Response.json({ code: "sync_signature", detail: "" }, { status: 403 });
    this.heads.push(headLine);
    const held = (n: number, h: string): boolean => this.ops.some((op) => op.n === n && op.h === h);
    const attached = head.from === 1 ? head.prev === this.#genesis() : held(head.from - 1, head.prev);
    const verdicts: VerdictRun[] = [];
    if (attached) {
      let previous = head.prev;
      let n = head.from;
      for (const line of lines) {
        const { h: header, p: payload, x: salt } = JSON.parse(line) as { h: string; p: string; x: string };
        const h = hashOf(previous, { header, payload, salt });
        const known = this.ops.find((op) => op.h === h) ?? this.#take(n, h, JSON.parse(header) as Header, JSON.parse(payload) as Payload);
        verdicts.push({ n, seq: known.seq, v: known.verdict, ...(known.code && { code: known.code }) });
        previous = h;
        n++;
      }
      if (previous !== head.h) return Response.json({ code: "sync_chain", detail: "" }, { status: 400 });
    }
    const tip = this.ops.at(-1);
    const pages = this.session && head.cursors ? this.#pull(head.cursors) : [];
    const answer: Answer = {
      proto: 1,
      centre: this.id,
      time: now + 5,
      have: tip ? [{ n: tip.n, h: tip.h }] : [],
      gap: !attached && lines.length > 0,
      verdicts,
      session: this.session !== undefined,
      scopes: this.session ? this.scopes : [],
      pages,
      more: pages.some((page) => page.more),
      top: this.#seq,
      backed_up_to: 0,
    };
    return Response.json(answer);
  }

  #genesis(): string {
    return genesis(this.id, this.install, this.spki ?? new Uint8Array());
  }

  #take(n: number, h: string, header: Header, payload: Payload): Kept {
    for (const blob of header.c ?? []) this.#named.add(blob);
    const [kind = "", act] = header.k.split(".");
    let kept: Kept;
    if (this.parks.has(kind)) {
      this.#seq++;
      this.#log.set(this.#seq, toBase64url(sha256(utf8(String(this.#seq)))).slice(0, 12));
      kept = { n, h, seq: this.#seq, verdict: "parked", code: "forbidden" };
    } else {
      this.#merge(header.r, kind as KindName, payload.v, opName(h), ["site:1"], act === "delete");
      kept = { n, h, seq: this.#seq, verdict: "applied" };
    }
    this.ops.push(kept);
    return kept;
  }

  #merge(id: string, kind: KindName, values: Record<string, unknown>, writer: string, scopes: string[], deletes: boolean): void {
    this.#seq++;
    this.#log.set(this.#seq, toBase64url(sha256(concat(utf8(String(this.#seq)), utf8(writer)))).slice(0, 12));
    const record = this.records.get(id) ?? { k: kind, v: {}, o: {}, q: 0, deleted: false, scopes: [] };
    for (const [field, value] of Object.entries(values)) {
      const policy = KINDS[kind].fields[field]?.policy;
      if (policy === "members") {
        const { add = [], del = [] } = value as { add?: string[]; del?: string[] };
        record.v[field] = [...new Set([...((record.v[field] ?? []) as string[]).filter((one) => !del.includes(one)), ...add])].sort();
      } else if (policy === "transition") record.v[field] = (value as string[])[1];
      else record.v[field] = value;
      record.o[field] = writer;
    }
    record.deleted ||= deletes;
    const left = record.scopes.filter((scope) => !scopes.includes(scope));
    record.scopes = scopes;
    record.q = this.#seq;
    this.records.set(id, record);
    this.#feed = this.#feed.filter((entry) => entry.id !== id || entry.gone);
    for (const scope of scopes) this.#feed.push({ scope, seq: this.#seq, id, gone: false });
    for (const scope of left) this.#feed.push({ scope, seq: this.#seq, id, gone: true });
  }

  #pull(cursors: Record<string, Cursor>): Page[] {
    const pages: Page[] = [];
    for (const scope of this.scopes) {
      const cursor = cursors[scope];
      const reset = cursor !== undefined && cursor[0] !== 0 && this.#log.get(cursor[0]) !== cursor[1];
      const after = cursor && !reset ? cursor[0] : 0;
      if (after === this.#seq) continue;
      const entries = this.#feed.filter((entry) => entry.scope === scope && entry.seq > after).sort((a, b) => a.seq - b.seq);
      const taken = entries.slice(0, this.pageRows);
      const more = entries.length > taken.length;
      const seq = more ? (taken.at(-1)?.seq ?? 0) : this.#seq;
      pages.push({ scope, rows: taken.map((entry) => this.#row(entry)), cursor: [seq, this.#log.get(seq) ?? ""], more, reset });
    }
    return pages;
  }

  #row({ seq, id, gone }: { seq: number; id: string; gone: boolean }): Row {
    if (gone) return { q: seq, r: id, gone: 1 };
    const record = this.records.get(id);
    if (!record) return { q: seq, r: id, gone: 1 };
    return { q: record.q, k: record.k, r: id, v: { ...record.v }, w: "", o: { ...record.o }, ...(record.deleted && { d: 1 as const }) };
  }

  /** Whether a request without a session is signed by the install for this minute. */
  async #isSigned(sha: string, init: RequestInit | undefined, now: number): Promise<boolean> {
    const headers = new Headers(init?.headers);
    const time = headers.get("Sitebook-Time") ?? "";
    const message = ["sitebook-blob-1", init?.method, `/api/blobs/${sha}`, headers.get("Upload-Offset") ?? "", time].join("\n");
    if (headers.get("Sitebook-Install") !== this.install || Math.abs(Number(time) - now) > 600_000) return false;
    return this.#verify(utf8(message), fromBase64url(headers.get("Sitebook-Signature") ?? ""));
  }

  async #blob(sha: string, init: RequestInit | undefined, now: number): Promise<Response> {
    if (this.session === undefined && !(await this.#isSigned(sha, init, now)))
      return new Response(null, { status: 401, headers: { Date: new Date(now).toUTCString() } });
    if (!this.#named.has(sha)) return new Response(null, { status: 404 });
    const held = this.blobs.get(sha) ?? { length: -1, bytes: new Uint8Array() };
    const whole = held.bytes.length === held.length;
    if (init?.method === "HEAD") return new Response(null, { headers: { "Upload-Offset": String(held.bytes.length) } });
    const headers = new Headers(init?.headers);
    if (whole) return new Response(null, { status: 204, headers: { "Upload-Offset": String(held.length) } });
    if (Number(headers.get("Upload-Offset")) !== held.bytes.length) return Response.json({ code: "blob_offset" }, { status: 409 });
    const next = concat(held.bytes, init?.body as Uint8Array);
    const length = Number(headers.get("Upload-Length"));
    if (next.length === length && bytesToHex(sha256(next)) !== sha) {
      this.blobs.delete(sha);
      return Response.json({ code: "blob_checksum" }, { status: 460 });
    }
    this.blobs.set(sha, { length, bytes: next });
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(next.length) } });
  }
}

