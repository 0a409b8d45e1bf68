import { describe, expect, it } from "vitest";
import type { BlobState, OutboxItem } from "../../engine/types";
import { fileState, sortOutbox, stateOf, troubles, withSettled } from "./model";

const blob = (change: Partial<BlobState> = {}): BlobState => ({ sha256: "a", size: 10, mime: "image/jpeg", sent: 0, confirmed: false, ...change });
const item = (n: number, change: Partial<OutboxItem> = {}): OutboxItem => ({
  n,
  kind: "inspection",
  deleted: false,
  record: `r${n}`,
  title: "",
  user: "u",
  at: 1000 + n,
  blobs: [],
  ...change,
});

describe("the state of an entry", () => {
  it("is on this phone until the centre answered, whatever its files do", () => {
    expect(stateOf(item(1, { blobs: [blob({ confirmed: true })] }))).toBe("onPhone");
  });

  it("is delivered only when every file is confirmed too", () => {
    expect(stateOf(item(1, { verdict: "applied", blobs: [blob({ confirmed: true }), blob()] }))).toBe("sending");
    expect(stateOf(item(1, { verdict: "applied", blobs: [blob({ confirmed: true })] }))).toBe("delivered");
    expect(stateOf(item(1, { verdict: "noop" }))).toBe("delivered");
  });

  it("says first what a person has to look at", () => {
    expect(stateOf(item(1, { verdict: "parked", blobs: [blob({ problem: "busy" })] }))).toBe("parked");
    expect(stateOf(item(1, { blobs: [blob({ problem: "too_large", refused: true })] }))).toBe("refused");
    expect(stateOf(item(1, { verdict: "conflict" }))).toBe("conflict");
  });
});

it("tells a file that stopped half-way from one that was refused", () => {
  expect([blob(), blob({ sent: 4 }), blob({ problem: "busy" }), blob({ problem: "too_large", refused: true }), blob({ confirmed: true })].map(fileState)).toEqual([
    "waiting",
    "partly",
    "retrying",
    "refused",
    "confirmed",
  ]);
});

describe("the sorted outbox", () => {
  const items = [
    item(9),
    item(8, { kind: "photo", blobs: [blob()] }),
    item(7, { kind: "photo", verdict: "applied", blobs: [blob({ confirmed: true })] }),
    item(6, { kind: "photo", verdict: "applied", blobs: [blob({ problem: "checksum", sent: 3 })] }),
    item(5, { verdict: "parked", code: "forbidden" }),
    item(4, { verdict: "applied", at: 10 }),
    item(3, { kind: "photo", verdict: "applied", at: 10, blobs: [blob({ confirmed: true })] }),
    item(2, { kind: "photo", at: 10, blobs: [blob()] }),
  ];
  const sorted = sortOutbox(items, 1000);

  it("counts the photos of today and all that still wait, photo by photo", () => {
    expect(sorted.photos.map(({ n }) => n)).toEqual([6, 8, 2, 7]);
    expect(sorted.files).toEqual({ confirmed: 1, refused: 0, retrying: 1, partly: 0, waiting: 2 });
  });

  it("keeps the entries of photos apart from the records", () => {
    expect(sorted.waiting.map(({ n }) => n)).toEqual([9]);
    expect(sorted.photoEntries).toBe(2);
  });

  it("puts what was not taken before a person", () => {
    expect(sorted.attention.map(({ n }) => n)).toEqual([5]);
    expect(sorted.delivered.map(({ n }) => n)).toEqual([4, 3]);
    expect(sorted.deliveredToday).toBe(3);
  });

  it("puts files that stopped for one reason together, refused ones first", () => {
    const busy = (n: number): OutboxItem => item(n, { kind: "photo", verdict: "applied", blobs: [blob({ problem: "busy", sent: 4 })] });
    const refused = item(3, { kind: "photo", verdict: "applied", blobs: [blob({ problem: "too_large", refused: true })] });
    expect(troubles([busy(1), busy(2), refused]).map(({ problem, items: of, sent, size }) => [problem, of.map(({ n }) => n), sent, size])).toEqual([
      ["too_large", [3], 0, 10],
      ["busy", [1, 2], 8, 20],
    ]);
  });
});

it("takes a conflict for delivered once people have settled it", () => {
  const items = [item(1, { verdict: "conflict" }), item(2, { verdict: "conflict" }), item(3, { verdict: "conflict" })];
  const known: Record<string, { status: string }[]> = { r1: [{ status: "settled" }], r2: [{ status: "settled" }, { status: "open" }], r3: [] };
  expect(withSettled(items, (record) => known[record] ?? []).map(stateOf)).toEqual(["delivered", "conflict", "conflict"]);
});
