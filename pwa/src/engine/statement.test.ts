import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OpRow } from "../db/outbox";
import type { Lang } from "../model/generated";
import { ownOp } from "./act";
import { buildStatement, gatherStatement, StatementIncomplete } from "./statement";
import { Store } from "./store";
import type { Rec } from "./types";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url), "utf8"));

interface ChainOp {
  header: string;
  payload: string;
  salt: string;
  h: string;
  name: string;
}
interface Sources {
  customer: string;
  site: string;
  round: string;
  user: string;
  inspections: { op: string; asset: Record<string, string>; last: string | null; photos: string[] }[];
}

const { chain } = read("chain.json") as { chain: { centre: string; ops: ChainOp[] } };
const vectors = (read("statement.json") as { statement: { lang: Lang; sources: Sources; text: string; sha256: string }[] }).statement;

/** The ops of the vectors as own ops on an empty base; the last two delete an asset and are left out. */
function filledStore(): { store: Store; record: (ref: string) => string; hash: (name: string) => Promise<string | undefined> } {
  const store = new Store(() => ({ read: () => 0, bump: () => undefined }));
  const rows = chain.ops.map((op): OpRow => {
    const header = JSON.parse(op.header) as { n: number; k: string; r: string; u: string };
    return { ...op, n: header.n, kind: header.k, record: header.r, user: header.u, at: 0, blobs: [] };
  });
  const shown = rows.slice(0, -2);
  store.putOwn(shown.map(ownOp));
  const row = (ref: string): OpRow => shown.find((one) => one.h === ref || one.name === ref) as OpRow;
  return { store, record: (ref) => row(ref).record, hash: async (name) => row(name)?.h };
}

describe("the statement", () => {
  it.each(vectors.map((vector) => [vector.lang, vector] as const))("has the bytes of the shared vectors in %s", (lang, vector) => {
    const { store, record } = filledStore();
    const frame = JSON.parse(vector.text) as { at: number; tz: string; signer: { name: string; outcome: "signed"; role: string } };
    const rec = <K extends "customer" | "site" | "round" | "user">(kind: K, ref: string): Rec<K> => store.get(kind, record(ref)) as Rec<K>;
    const { bytes, sha256, statement } = buildStatement({
      lang,
      tz: frame.tz,
      centre: chain.centre,
      customer: rec("customer", vector.sources.customer),
      site: rec("site", vector.sources.site),
      round: rec("round", vector.sources.round),
      engineer: rec("user", vector.sources.user),
      inspections: vector.sources.inspections.map((source) => {
        const inspection = store.get("inspection", record(source.op)) as Rec<"inspection">;
        const asset = store.get("asset", inspection.asset) as Rec<"asset">;
        return {
          inspection,
          h: source.op,
          asset,
          space: store.get("space", asset.space),
          checklist: store.get("checklist", inspection.checklist),
          last: source.last ? { inspection: store.get("inspection", record(source.last)) as Rec<"inspection">, h: source.last } : undefined,
          photos: source.photos.map((h) => ({ photo: store.get("photo", record(h)) as Rec<"photo">, h })),
        };
      }),
      signer: frame.signer,
      at: frame.at,
    });
    expect(new TextDecoder().decode(bytes)).toBe(vector.text);
    expect(sha256).toBe(vector.sha256);
    expect(statement.lines.length).toBeGreaterThan(30);
  });

  it("is gathered from the store to the same bytes", async () => {
    const { store, record, hash } = filledStore();
    const vector = vectors[0] as (typeof vectors)[number];
    const frame = JSON.parse(vector.text) as { at: number; tz: string; signer: { name: string; outcome: "signed"; role: string } };
    const input = await gatherStatement(store, hash, {
      round: record(vector.sources.round),
      engineer: record(vector.sources.user),
      lang: vector.lang,
      centre: chain.centre,
      signer: frame.signer,
      at: frame.at,
    });
    expect(new TextDecoder().decode(buildStatement(input).bytes)).toBe(vector.text);
  });

  it("says what is missing rather than leave it out", async () => {
    const { store, record } = filledStore();
    const vector = vectors[0] as (typeof vectors)[number];
    const request = {
      round: record(vector.sources.round),
      engineer: record(vector.sources.user),
      lang: vector.lang,
      centre: chain.centre,
      signer: { name: "张敏", outcome: "signed", role: "" } as const,
      at: 1,
    };
    await expect(gatherStatement(store, async () => undefined, request)).rejects.toThrow(StatementIncomplete);
  });
});
