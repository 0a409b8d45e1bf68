import { describe, expect, it } from "vitest";
import type { Rec, Statement } from "../../engine/api";
import { changedSince, copyAddress, countPhotos, latestSignature, sameName, signingDrafts, strokesFile, type Signing } from "./model";

const round = (status: string): Rec<"round"> => ({ id: "r", site: "s", status }) as unknown as Rec<"round">;
const signing = (change: Partial<Signing> = {}): Signing => ({
  record: "sig",
  round: round("active"),
  outcome: "signed",
  signer: { name: "张敏", role: "科长" },
  reason: "",
  lang: "zh",
  at: 5,
  statement: { bytes: new Uint8Array([1]), sha256: "a".repeat(64) },
  strokes: { bytes: new Uint8Array([2]), sha256: "b".repeat(64) },
  typed: false,
  copy: "c".repeat(64),
  ...change,
});
const steps = (made: Signing): unknown[] => signingDrafts(made).drafts.slice(1).map((draft) => (draft.values as { status: unknown }).status);

describe("the act of signing", () => {
  it("holds the signature with both files and the round's state", () => {
    const { drafts, blobs } = signingDrafts(signing());
    expect(drafts[0]).toEqual({
      kind: "signature",
      record: "sig",
      values: {
        site: "s",
        round: "r",
        outcome: "signed",
        statement: "a".repeat(64),
        strokes: "b".repeat(64),
        typed: false,
        signer: { name: "张敏", role: "科长" },
        lang: "zh",
        signed_at: 5,
        copy: "c".repeat(64),
      },
      blobs: ["a".repeat(64), "b".repeat(64)],
    });
    expect(blobs.map((blob) => blob.sha256)).toEqual(["a".repeat(64), "b".repeat(64)]);
    expect(steps(signing())).toEqual([["active", "signed"]]);
  });

  it("takes legal steps from every state", () => {
    expect(steps(signing({ round: round("planned") }))).toEqual([["planned", "active"], ["active", "signed"]]);
    expect(steps(signing({ round: round("finished") }))).toEqual([["finished", "signed"]]);
    expect(steps(signing({ round: round("active"), outcome: "absent" }))).toEqual([["active", "finished"]]);
    expect(steps(signing({ round: round("finished"), outcome: "refused" }))).toEqual([]);
  });

  it("names nobody where nobody signed", () => {
    const { drafts } = signingDrafts(signing({ outcome: "absent", signer: { name: "", role: "" }, reason: "放假", strokes: undefined, copy: undefined }));
    expect(drafts[0]?.values).toEqual({ site: "s", round: "r", outcome: "absent", statement: "a".repeat(64), reason: "放假", lang: "zh", signed_at: 5 });
  });
});

it("the strokes file has whole numbers from the first point on", () => {
  const bytes = strokesFile(
    [
      { points: [{ x: 1.25, y: 2, time: 1000, pressure: 0.5 }, { x: 3, y: 4.44, time: 1016, pressure: 2 }] },
      { points: [] },
      { points: [{ x: 5, y: 6, time: 1500, pressure: 0 }] },
    ],
    374,
    200,
  );
  expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
    v: 1,
    width: 3740,
    height: 2000,
    strokes: [[[0, 13, 20, 500], [16, 30, 44, 1000]], [[500, 50, 60, 0]]],
  });
});

it("a typed name counts in any width, case and spacing", () => {
  expect(sameName("zhang  MIN", "Zhang Min")).toBe(true);
  expect(sameName("Ｚhang min", "Zhang Min")).toBe(true);
  expect(sameName("张 敏", "张敏")).toBe(true);
  expect(sameName("", "")).toBe(false);
  expect(sameName("周强", "张敏")).toBe(false);
});

it("photos are counted by where they are", () => {
  const blobs: Record<string, { confirmed: boolean; refused?: boolean }> = { b: { confirmed: false }, c: { confirmed: true }, d: { confirmed: false, refused: true } };
  const photos = [{ id: "1", arrived_at: 4 }, { id: "2", blob: "b" }, { id: "3", blob: "c" }, { id: "4", blob: "d" }, { id: "5", blob: "e" }, { id: "6" }];
  expect(countPhotos(photos, (sha256) => blobs[sha256])).toEqual({ total: 6, confirmed: 2, waiting: 1, missing: ["4", "5", "6"] });
});

it("the copy's address suits the compact form of a QR code", () => {
  expect(copyAddress("https://site.example.com", "7Q2MX4K9PT3V7Q2MX4K9PT3V7Q")).toBe("HTTPS://SITE.EXAMPLE.COM/C/7Q2MX4K9PT3V7Q2MX4K9PT3V7Q");
});

describe("after signing", () => {
  const H = "00112233445566778899aabbccddeeff".repeat(2);
  const line = (f: string, label: string, value: string, ref: string) => ({ ref, f, label, value, unit: "" });
  const statement = {
    lines: [
      line("name", "客户", "a", "1"),
      line("name", "场所", "b", "2"),
      line("title", "巡检", "c", "3"),
      line("name", "工程师", "d", "4"),
      line("code", "编码", "D-001", "5"),
      line("outcome", "结果", "已检", H),
    ],
  } as unknown as Statement;
  const inspection = (id: string, writer: string): Rec<"inspection"> =>
    ({ id, outcome: "done", $writers: () => writer }) as unknown as Rec<"inspection">;

  it("a corrected inspection and one made later count as changed, an untouched one does not", () => {
    const found = changedSince(statement, [inspection("same", "ABEiM0RVZneI"), inspection("corrected", "ABEiM0RVZneJ")]);
    expect(found.map((one) => one.id)).toEqual(["corrected"]);
  });

  it("the newest signature is the word on a round", () => {
    const signatures = [{ id: "a", signed_at: 1 }, { id: "b", signed_at: 3 }, { id: "c", signed_at: 2 }] as unknown as Rec<"signature">[];
    expect(latestSignature(signatures)?.id).toBe("b");
    expect(latestSignature([])).toBeUndefined();
  });
});
