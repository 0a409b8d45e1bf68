import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromBase64url } from "./bytes";
import { freeze, genesis, hashOf, opName, OpTooLarge, type Header, type Payload } from "./op";

interface Vectors {
  chain: {
    centre: string;
    install: string;
    spki: string;
    genesis: string;
    ops: { header: string; payload: string; salt: string; prev: string; h: string; name: string }[];
  };
}

const { chain } = JSON.parse(readFileSync(new URL("../../../tests/vectors/chain.json", import.meta.url), "utf8")) as Vectors;

describe("the chain", () => {
  it("begins at the genesis of the shared vectors", () => {
    expect(genesis(chain.centre, chain.install, fromBase64url(chain.spki))).toBe(chain.genesis);
  });

  it("gives every op of the shared vectors its hash and name", () => {
    expect(chain.ops.length).toBeGreaterThan(10);
    let previous = chain.genesis;
    for (const op of chain.ops) {
      expect(op.prev).toBe(previous);
      expect(hashOf(previous, op)).toBe(op.h);
      expect(opName(op.h)).toBe(op.name);
      previous = op.h;
    }
  });

  it("freezes the same bytes from the same values", () => {
    for (const op of chain.ops) {
      const frozen = freeze(op.prev, JSON.parse(op.header) as Header, JSON.parse(op.payload) as Payload, fromBase64url(op.salt));
      expect(frozen).toEqual({ header: op.header, payload: op.payload, salt: op.salt, h: op.h, name: op.name });
    }
  });

  it("refuses a payload over 32 KiB, counted in bytes", () => {
    const header: Header = { i: chain.install, n: 1, s: 1, u: "u", k: "asset", r: "r", x: 0, t: [1, 1, 1, null, null] };
    const note = (characters: number): Payload => ({ v: { note: "采".repeat(characters) } });
    expect(() => freeze(chain.genesis, header, note(10_000), new Uint8Array(16))).not.toThrow();
    expect(() => freeze(chain.genesis, header, { v: { ...note(10_000).v, spec: "采".repeat(1_000) } }, new Uint8Array(16))).toThrow(OpTooLarge);
  });
});
