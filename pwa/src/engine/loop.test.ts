import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UNCONFIRMED } from "../db/outbox";
import type { Engine } from "./engine";
import type { Identity } from "./identity";
import { FakeCentre } from "./testing/centre";
import { seeded, World, type Fault } from "./testing/world";
import { NotSaved } from "./types";

const id = (n: number): string => `019a0000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const SITE = id(900);

let centre: FakeCentre;
let world: World;
let engine: Engine;
let identity: Identity;

beforeEach(async () => {
  centre = new FakeCentre();
  world = new World(centre);
  ({ engine, identity } = await world.open());
  await identity.enrol("https://site.example/enrol#invitation", "phone");
  await engine.idle();
});

afterEach(() => engine.close());

const name = (record: string, text: string) => ({ kind: "asset" as const, record, values: { site: SITE, name: text } });
const namesAtCentre = (): string[] => [...centre.records.values()].map((record) => String(record.v["name"]));

describe("saving", () => {
  it("shows an act at once, as pending, and sends it by itself", async () => {
    world.offline = true;
    const { ops } = await engine.act([name(id(1), "核心交换机")]);
    expect(ops).toMatchObject([{ n: 1, kind: "asset", record: id(1) }]);
    expect(engine.store.get("asset", id(1))).toMatchObject({ name: "核心交换机", $pending: true, $q: 0 });
    expect(engine.status.pendingOps).toBe(1);
    await engine.idle();
    expect(engine.status.reachable).toBe(false);
    expect(engine.status.problem).toEqual({ code: "offline" });

    world.offline = false;
    await world.pass(60_000);
    await engine.idle();
    expect(namesAtCentre()).toEqual(["核心交换机"]);
    expect(engine.store.get("asset", id(1))).toMatchObject({ name: "核心交换机", $pending: false });
    expect(engine.store.get("asset", id(1))?.$q).toBeGreaterThan(2 ** 40);
    expect(engine.status).toMatchObject({ pendingOps: 0, reachable: true, problem: undefined });
  });

  it("keeps what was saved when the app is killed, and sends it after the next start", async () => {
    world.offline = true;
    await engine.act([name(id(1), "a"), name(id(2), "b")], { group: true, save: { form: { at: 2 } } });
    await engine.close();
    world.offline = false;
    ({ engine, identity } = await world.open());
    expect(engine.store.get("asset", id(2))).toMatchObject({ name: "b", $pending: true });
    expect(engine.status.pendingOps).toBe(2);
    expect(await engine.drafts.load("form")).toEqual({ at: 2 });
    expect(identity.user).toBe(centre.session);
    await engine.now();
    expect(namesAtCentre()).toEqual(["a", "b"]);
  });

  it("saves nothing when one value is wrong, and says which", async () => {
    const bad = { kind: "asset" as const, record: id(2), values: { site: SITE, warranty_end: "next year" } };
    const error = await engine.act([name(id(1), "a"), bad]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotSaved);
    expect(error).toMatchObject({ code: "invalid", field: "warranty_end" });
    expect(engine.store.get("asset", id(1))).toBeUndefined();
    expect(await engine.outbox.opsFrom(1, 10)).toEqual([]);
  });

  it("reports a full phone as not saved and leaves no trace of the act", async () => {
    const { IDBObjectStore: Store } = globalThis;
    const add = Store.prototype.add;
    Store.prototype.add = function (value: unknown, key?: IDBValidKey) {
      if (this.name === "ops" && (value as { n: number }).n === 2) throw new DOMException("no room", "QuotaExceededError");
      return add.call(this, value, key);
    };
    try {
      await expect(engine.act([name(id(1), "a"), name(id(2), "b")], { save: { form: 1 } })).rejects.toMatchObject({ code: "quota" });
    } finally {
      Store.prototype.add = add;
    }
    expect(await engine.outbox.opsFrom(1, 10)).toEqual([]);
    expect(await engine.drafts.load("form")).toBeUndefined();
    const { ops } = await engine.act([name(id(1), "a")]);
    expect(ops[0]?.n).toBe(1);
  });

  it("names in b what the form showed, not what came in meanwhile", async () => {
    centre.write(id(1), "asset", { site: SITE, name: "old", note: "x" }, ["site:1"], "writerAAAAAA");
    await engine.now();
    const seen = engine.store.get("asset", id(1)) ?? null;
    centre.write(id(1), "asset", { name: "theirs" }, ["site:1"], "writerBBBBBB");
    await engine.now();
    expect(engine.store.get("asset", id(1))?.$writers("name")).toBe("writerBBBBBB");
    const form = structuredClone(seen); // as kept by a draft over a restart
    world.offline = true;
    await engine.act([{ kind: "asset", record: id(1), seen: form, values: { name: "mine", note: "y", model: "m" } }]);
    const [row] = await engine.outbox.openOps(UNCONFIRMED);
    expect(JSON.parse(row?.payload ?? "{}")).toEqual({
      v: { name: "mine", note: "y", model: "m" },
      b: { name: "writerAAAAAA", note: "writerAAAAAA" },
    });
    // A further act on the same record follows on the own pending one.
    await engine.act([{ kind: "asset", record: id(1), values: { name: "mine 2" } }]);
    const second = (await engine.outbox.openOps(UNCONFIRMED))[1];
    expect(JSON.parse(second?.payload ?? "{}")).toEqual({ v: { name: "mine 2" }, b: { name: row?.name } });
  });
});

describe("a round", () => {
  const faults: Fault[] = ["lost before", "lost after", "cut", "twice"];

  it.each(faults)("takes every op exactly once when an exchange is %s", async (fault) => {
    world.faults = [fault];
    await engine.act([name(id(1), "a")]);
    await engine.idle();
    await engine.act([name(id(2), "b")]);
    await world.pass(600_000);
    await engine.idle();
    await engine.now();
    expect(namesAtCentre()).toEqual(["a", "b"]);
    expect(centre.ops.map((op) => op.n)).toEqual([1, 2]);
    expect(engine.status.pendingOps).toBe(0);
    expect(engine.store.all("asset").map((rec) => rec.name).sort()).toEqual(["a", "b"]);
  });

  it.each(Array.from({ length: 25 }, (_, seed) => seed))("loses and doubles nothing under random faults and kills, seed %i", async (seed) => {
    const random = seeded(seed + 100);
    centre.pageRows = 3;
    let made = 0;
    for (let step = 0; step < 25; step++) {
      const dice = random();
      world.faults = random() < 0.5 ? [faults[Math.floor(random() * 4)] as Fault] : [];
      if (dice < 0.4) {
        const count = 1 + Math.floor(random() * 3);
        const drafts = Array.from({ length: count }, () => name(id(++made), `own ${made}`));
        await engine.act(drafts, { group: random() < 0.5 });
      } else if (dice < 0.6) {
        centre.write(id(1_000 + step), "asset", { site: SITE, name: `theirs ${step}` });
      } else if (dice < 0.75 && made > 0) {
        await engine.act([{ kind: "asset", record: id(1 + Math.floor(random() * made)), values: { note: `n${step}` } }]);
      } else if (dice < 0.9) {
        await engine.now();
      } else {
        await engine.close(); // killed
        ({ engine, identity } = await world.open());
      }
      await world.pass(1_000);
    }
    world.faults = [];
    await engine.idle();
    await engine.now();
    await engine.idle();
    expect(engine.status.pendingOps).toBe(0);
    const saved = await engine.outbox.opsFrom(1, 1_000);
    expect(centre.ops.map((op) => op.h)).toEqual(saved.map((row) => row.h));
    const here = new Map([...engine.store.views()].map(([key, view]) => [key, view.v]));
    const there = new Map([...centre.records].map(([key, record]) => [key, record.v]));
    expect(here).toEqual(there);
    expect([...engine.store.ownOps()]).toEqual([]);
  });

  it("pulls page by page and shows each, the cursor with its rows", async () => {
    centre.pageRows = 40;
    for (let n = 1; n <= 100; n++) centre.write(id(n), "asset", { site: SITE, name: `asset ${n}` });
    world.faults = ["pass", "cut"];
    await engine.now();
    expect(engine.store.all("asset")).toHaveLength(40);
    expect(engine.status.bootstrap?.done).toBe(40);
    await engine.close();
    ({ engine, identity } = await world.open());
    expect(engine.store.all("asset")).toHaveLength(40);
    await engine.now();
    expect(engine.store.all("asset")).toHaveLength(100);
    expect(engine.status.bootstrap).toBeUndefined();
  });

  it("does not split a group between requests", async () => {
    world.offline = true;
    for (let n = 0; n < 30; n++) {
      const long = "采".repeat(8_000);
      await engine.act(
        [1, 2].map((part) => ({ kind: "asset" as const, record: id(n * 2 + part), values: { site: SITE, name: `a${n}`, note: long } })),
        { group: true },
      );
    }
    world.offline = false;
    await engine.now();
    expect(engine.status.pendingOps).toBe(0);
    const heads = centre.heads.map((line) => JSON.parse(line) as { from: number; n: number }).filter((head) => head.n >= head.from);
    expect(heads.length).toBeGreaterThan(1);
    for (const head of heads) expect([head.from % 2, head.n % 2]).toEqual([1, 0]);
  });

  it("goes on after the deepest tip when the centre was restored, and delivers again what it lost", async () => {
    for (const text of ["a", "b", "c"]) {
      await engine.act([name(id(text.charCodeAt(0)), text)]);
      await engine.idle();
    }
    centre.restore(1);
    expect(namesAtCentre()).toEqual(["a"]);
    await engine.now(); // notices without anything new to send
    await engine.idle();
    expect(namesAtCentre()).toEqual(["a", "b", "c"]);
    expect(engine.status.pendingOps).toBe(0);
    expect(engine.store.all("asset").map((rec) => rec.name)).toEqual(expect.arrayContaining(["a", "b", "c"]));
  });

  it("answers a gap by going back, also with new ops to send", async () => {
    await engine.act([name(id(1), "a")]);
    await engine.act([name(id(2), "b")]);
    await engine.idle();
    centre.restore(0);
    await engine.act([name(id(3), "c")]);
    await engine.idle();
    await engine.now();
    expect(namesAtCentre()).toEqual(["a", "b", "c"]);
  });

  it("moves a record between scopes without a moment of absence, and drops what left", async () => {
    centre.scopes = ["site:1", "site:2"];
    centre.pageRows = 1;
    centre.write(id(1), "asset", { site: SITE, name: "moves" }, ["site:2"]);
    centre.write(id(2), "asset", { site: SITE, name: "leaves" }, ["site:2"]);
    await engine.now();
    expect(engine.store.all("asset")).toHaveLength(2);
    centre.write(id(1), "asset", {}, ["site:1"]);
    centre.write(id(2), "asset", {}, ["site:9"]);
    await engine.now();
    expect(engine.store.all("asset").map((rec) => rec.name)).toEqual(["moves"]);
    centre.scopes = ["site:2"];
    await engine.now();
    expect(engine.store.all("asset")).toEqual([]);
    await engine.close();
    ({ engine, identity } = await world.open());
    expect(engine.store.all("asset")).toEqual([]);
  });

  it("pushes without a session and pulls when it is back", async () => {
    const { session } = centre;
    centre.session = undefined;
    centre.write(id(5), "asset", { site: SITE, name: "theirs" });
    await engine.act([name(id(1), "mine")]);
    await engine.idle();
    expect(engine.status).toMatchObject({ pendingOps: 0, session: false });
    expect(engine.store.get("asset", id(1))).toMatchObject({ name: "mine", $pending: false, $q: 0 });
    expect(engine.store.get("asset", id(5))).toBeUndefined();
    centre.session = session;
    await engine.now();
    expect(engine.store.get("asset", id(5))?.name).toBe("theirs");
    expect([...engine.store.ownOps()]).toEqual([]);
  });

  it("takes a parked op off the record and keeps it in the list for a person to see", async () => {
    centre.parks.add("asset");
    await engine.act([name(id(1), "mine")]);
    await engine.idle();
    expect(engine.store.get("asset", id(1))).toBeUndefined();
    expect(engine.status).toMatchObject({ pendingOps: 0, attention: 1 });
    expect(await engine.list()).toMatchObject([{ n: 1, verdict: "parked", code: "forbidden" }]);
  });

  it("sends x as the top of the last finished pull", async () => {
    centre.write(id(5), "asset", { site: SITE, name: "theirs" });
    await engine.now();
    const { top } = centre;
    world.offline = true;
    await engine.act([name(id(1), "mine")]);
    const [row] = await engine.outbox.openOps(UNCONFIRMED);
    expect(JSON.parse(row?.header ?? "{}")).toMatchObject({ x: top, n: 1, s: 1, k: "asset", u: centre.session });
    expect((JSON.parse(row?.header ?? "{}") as { t: number[] }).t).toEqual([
      world.wall,
      1_763_590_000_000,
      world.mono,
      1_763_600_000_005,
      10_000,
    ]);
  });

  it("waits longer after every failure, and not at all after a success", async () => {
    world.offline = true;
    await engine.now();
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const next = world.timers[0]?.at ?? 0;
      waits.push(next - world.mono);
      await world.pass(next - world.mono);
      await engine.idle();
    }
    for (let turn = 0; turn < 7; turn++) expect(waits[turn]).toBeGreaterThanOrEqual(500 * 2 ** turn);
    expect(Math.max(...waits)).toBeLessThanOrEqual(180_000);
    world.offline = false;
    await engine.now();
    expect((world.timers[0]?.at ?? 0) - world.mono).toBe(30_000);
  });
});

describe("blobs", () => {
  const photo = (n: number, sha256: string, size: number) => ({
    kind: "photo" as const,
    record: id(n),
    values: { site: SITE, blob: sha256, mime: "image/jpeg", size },
    blobs: [sha256],
  });
  const bytesOf = (size: number, seed: number): Uint8Array => {
    const random = seeded(seed);
    return Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
  };

  it("go after their ops, resume where the centre stands, and are counted", async () => {
    const { sha256hex } = await import("./bytes");
    const bytes = bytesOf(1_300_000, 5);
    const sha = sha256hex(bytes);
    world.offline = true;
    await engine.act([photo(1, sha, bytes.length)], { blobs: [{ bytes, mime: "image/jpeg", sha256: sha }] });
    expect(engine.status).toMatchObject({ pendingBlobs: 1, bytes: bytes.length, confirmedBlobs: 0 });
    expect(engine.blobs.state(sha)).toMatchObject({ sent: 0, confirmed: false });
    await engine.idle();

    world.offline = false;
    world.requests = [];
    world.faults = ["pass", "pass", "pass", "lost after", "lost before"]; // records, HEAD, a piece, a piece unheard of, HEAD
    await engine.now();
    await engine.idle();
    expect(engine.blobs.state(sha)).toMatchObject({ sent: 524_288, confirmed: false });
    await engine.now();
    await engine.idle();
    expect(engine.blobs.state(sha)).toMatchObject({ sent: bytes.length, confirmed: true });
    expect(engine.status).toMatchObject({ pendingBlobs: 0, confirmedBlobs: 1, bytes: 0 });
    expect(centre.blobs.get(sha)?.bytes.length).toBe(bytes.length);
    expect(world.requests.filter((line) => line.startsWith("PATCH"))).toHaveLength(3);
    expect((await engine.outbox.bytes(sha))?.length).toBe(bytes.length); // nothing is freed yet
  });

  it.each([0, -86_400_000])("are sent by the install's signature when its session has ended, clocks %i ms apart", async (ahead) => {
    const { sha256hex } = await import("./bytes");
    const bytes = bytesOf(700_000, 7);
    const sha = sha256hex(bytes);
    centre.session = undefined;
    centre.ahead = ahead;
    world.requests = [];
    await engine.act([photo(1, sha, bytes.length)], { blobs: [{ bytes, mime: "image/jpeg" }] });
    await engine.idle();
    expect(centre.blobs.get(sha)?.bytes.length).toBe(bytes.length);
    expect(engine.blobs.state(sha)).toMatchObject({ confirmed: true });
    const asked = world.requests.filter((line) => line.includes("/api/blobs/")).map((line) => line.split(" ")[0]);
    expect(asked).toEqual(["HEAD", "HEAD", "PATCH", "PATCH"]);
  });

  it("go on by signature when the session ends in the middle", async () => {
    const { sha256hex } = await import("./bytes");
    const bytes = bytesOf(700_000, 8);
    const sha = sha256hex(bytes);
    const handle = centre.handle.bind(centre);
    centre.handle = (path, init, now) => {
      if (init?.method === "PATCH") centre.session = undefined;
      return handle(path, init, now);
    };
    await engine.act([photo(1, sha, bytes.length)], { blobs: [{ bytes, mime: "image/jpeg" }] });
    await engine.idle();
    expect(engine.blobs.state(sha)).toMatchObject({ confirmed: true });
  });

  it("wait when the centre knows neither session nor signature", async () => {
    const { sha256hex } = await import("./bytes");
    const bytes = bytesOf(100, 9);
    const sha = sha256hex(bytes);
    centre.session = undefined;
    await engine.act([photo(1, sha, bytes.length)], { blobs: [{ bytes, mime: "image/jpeg" }] });
    centre.install = "somebody else";
    await engine.idle();
    expect(engine.blobs.state(sha)).toMatchObject({ confirmed: false, sent: 0 });
    expect(engine.blobs.state(sha)?.problem).toBeUndefined();
  });

  it("are all sent again when the centre was restored from a backup without them", async () => {
    const { sha256hex } = await import("./bytes");
    const bytes = bytesOf(1_000, 6);
    const sha = sha256hex(bytes);
    await engine.act([photo(1, sha, bytes.length)], { blobs: [{ bytes, mime: "image/jpeg" }] });
    await engine.idle();
    expect(engine.blobs.state(sha)?.confirmed).toBe(true);
    centre.restore(0);
    await engine.now();
    await engine.idle();
    await engine.now();
    await engine.idle();
    expect(centre.blobs.get(sha)?.bytes.length).toBe(1_000);
    expect(engine.blobs.state(sha)?.confirmed).toBe(true);
  });
});

describe("two tabs", () => {
  it("share one chain and see each other's acts", async () => {
    const other = await world.open();
    await Promise.all([engine.act([name(id(1), "a")]), other.engine.act([name(id(2), "b")])]);
    await engine.idle();
    await other.engine.idle();
    await Promise.all([engine.now(), other.engine.now()]);
    expect(centre.ops.map((op) => op.n)).toEqual([1, 2]);
    for (const tab of [engine, other.engine]) {
      await expect.poll(() => tab.store.all("asset").map((rec) => rec.name).sort()).toEqual(["a", "b"]);
      await expect.poll(() => tab.status.pendingOps).toBe(0);
    }
    await other.engine.close();
  });
});
