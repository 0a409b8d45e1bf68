import { describe, expect, it } from "vitest";
import { FakeCentre } from "./testing/centre";
import { World } from "./testing/world";

const id = (n: number): string => `019a0000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const SITE = id(900);

/** Lets the next `count` write transactions begin and refuses all later ones, as if the process had died there. */
function dieAfter(count: number): { begun: () => number; revive: () => void } {
  const { transaction } = IDBDatabase.prototype;
  let begun = 0;
  IDBDatabase.prototype.transaction = function (...args: Parameters<typeof transaction>) {
    if (args[1] === "readwrite" && ++begun > count) throw new Error("the process is dead");
    return transaction.apply(this, args);
  };
  return { begun: () => begun, revive: () => (IDBDatabase.prototype.transaction = transaction) };
}

/** Saves, pushes, pulls, uploads; dies after `count` writes; lives on. Returns how many writes a whole run begins. */
async function liveAndDie(count: number): Promise<number> {
  const centre = new FakeCentre();
  centre.pageRows = 2;
  const world = new World(centre, count + 1);
  let { engine, identity } = await world.open();
  await identity.enrol("invitation", "phone");
  await engine.idle();
  for (let n = 1; n <= 5; n++) centre.write(id(100 + n), "asset", { site: SITE, name: `theirs ${n}` });

  const death = dieAfter(count);
  const saved: string[] = [];
  try {
    for (let n = 1; n <= 3; n++) {
      const bytes = new Uint8Array(700_000).fill(n);
      const { sha256hex } = await import("./bytes");
      const sha256 = sha256hex(bytes);
      const values = { site: SITE, blob: sha256, mime: "image/jpeg", size: bytes.length };
      const drafts = [
        { kind: "photo" as const, record: id(10 + n), values, blobs: [sha256] },
        { kind: "asset" as const, record: id(n), values: { site: SITE, name: `own ${n}` } },
      ];
      try {
        await engine.act(drafts, { group: true, blobs: [{ bytes, mime: "image/jpeg" }], save: { form: n } });
        saved.push(id(n));
      } catch {
        break; // it said that it was not saved
      }
    }
    await engine.now();
    await engine.idle();
  } finally {
    death.revive();
  }

  ({ engine, identity } = await world.open()); // the dead one is left lying
  expect(await engine.drafts.load("form")).toBe(saved.length || undefined);
  for (const record of saved) expect(engine.store.get("asset", record)?.name).toBeDefined();
  await engine.now();
  await engine.idle();
  await engine.now();
  await engine.idle();
  expect(engine.status).toMatchObject({ pendingOps: 0, pendingBlobs: 0, problem: undefined });
  expect(centre.ops.map((op) => op.n)).toEqual(Array.from({ length: saved.length * 2 }, (_, index) => index + 1));
  const here = new Map([...engine.store.views()].map(([key, view]) => [key, view.v]));
  expect(here).toEqual(new Map([...centre.records].map(([key, record]) => [key, record.v])));
  expect(centre.blobs.size).toBe(saved.length);
  await engine.close();
  return death.begun();
}

describe("a kill between any two writes", () => {
  it("loses nothing that was called saved and doubles nothing", async () => {
    const writes = await liveAndDie(Number.POSITIVE_INFINITY);
    expect(writes).toBeGreaterThan(15);
    for (let count = 0; count <= writes; count++) await liveAndDie(count);
  });
});
