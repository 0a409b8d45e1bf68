/** From a round that was walked to a signature: who may sign what, the strokes file, and the ops of the act. */
import { inspectionOp } from "../../engine/statement";
import type { Draft, NewBlob, Rec, Statement } from "../../engine/api";
import { nameOfHash, readOutline } from "./outline";

export type Outcome = "signed" | "absent" | "refused";

/** Kept at every keystroke under `sign:<round>`. */
export interface SignDraft {
  outcome: Outcome;
  name: string;
  role: string;
  reason: string;
  lang: "zh" | "en";
}

/** What the phone keeps of a signature for the customer's QR, under `copy:<round>`. */
export interface CopyKey {
  readonly signature: string;
  readonly token: string;
}

export const signKey = (round: string): string => `sign:${round}`;
export const copyKey = (round: string): string => `copy:${round}`;

/** The private copy's address, in capitals: a QR code of capitals is a third smaller. */
export const copyAddress = (origin: string, token: string): string => `${origin.toUpperCase()}/C/${token}`;

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly time: number;
  readonly pressure: number;
}

/** The strokes file: `[t, x, y, p]` per point, whole numbers: ms from the first point, 1/10 px, pressure per mille. */
export function strokesFile(groups: readonly { readonly points: readonly Point[] }[], width: number, height: number): Uint8Array<ArrayBuffer> {
  const start = groups[0]?.points[0]?.time ?? 0;
  const strokes = groups
    .filter((group) => group.points.length > 0)
    .map((group) =>
      group.points.map((point) => [
        Math.max(0, Math.round(point.time - start)),
        Math.round(point.x * 10),
        Math.round(point.y * 10),
        Math.round(Math.min(1, Math.max(0, point.pressure)) * 1000),
      ]),
    );
  return new TextEncoder().encode(JSON.stringify({ v: 1, width: Math.round(width * 10), height: Math.round(height * 10), strokes }));
}

/** Typed on the phone's own keyboard: width and case of letters and spaces don't make another name. */
const plain = (name: string): string => name.normalize("NFKC").replace(/\s+/g, "").toLocaleLowerCase();
export const sameName = (typed: string, name: string): boolean => plain(typed) !== "" && plain(typed) === plain(name);

export interface Signing {
  readonly record: string;
  readonly round: Rec<"round">;
  readonly outcome: Outcome;
  readonly signer: { readonly name: string; readonly role: string };
  readonly reason: string;
  readonly lang: "zh" | "en";
  readonly at: number;
  readonly statement: { readonly bytes: Uint8Array; readonly sha256: string };
  readonly strokes?: { readonly bytes: Uint8Array; readonly sha256: string } | undefined;
  readonly typed: boolean;
  /** SHA-256 of the copy's token */
  readonly copy?: string | undefined;
}

/**
 * The ops of one act: the signature with its files, and the round's new state. A signature makes it `signed`; without one it
 * is `finished`, so that the customer can still sign another day.
 */
export function signingDrafts(signing: Signing): { drafts: Draft[]; blobs: NewBlob[] } {
  const { round, statement, strokes, outcome, signer } = signing;
  const files = [statement, ...(strokes ? [strokes] : [])];
  const drafts: Draft[] = [
    {
      kind: "signature",
      record: signing.record,
      values: {
        site: round.site ?? null,
        round: round.id,
        outcome,
        statement: statement.sha256,
        ...(strokes && { strokes: strokes.sha256 }),
        ...(outcome === "signed" && { typed: signing.typed }),
        ...((signer.name || signer.role) && { signer: { name: signer.name, role: signer.role } }),
        ...(signing.reason && { reason: signing.reason }),
        lang: signing.lang,
        signed_at: signing.at,
        ...(signing.copy && { copy: signing.copy }),
      },
      blobs: files.map((file) => file.sha256),
    },
    ...roundDrafts(round, outcome === "signed" ? "signed" : "finished"),
  ];
  return { drafts, blobs: files.map((file) => ({ bytes: file.bytes, sha256: file.sha256, mime: "application/json" })) };
}

function roundDrafts(round: Rec<"round">, to: "signed" | "finished"): Draft[] {
  const from = round.status ?? "";
  const steps: [string, string][] = [];
  if (from === "planned" || from === "") steps.push([from, "active"]);
  const now = steps.length ? "active" : from;
  if (now !== to && now !== "signed") steps.push([now, to]);
  return steps.map((status) => ({ kind: "round", record: round.id, values: { status } }));
}

/** The newest word of the customer on a round. */
export function latestSignature(signatures: readonly Rec<"signature">[]): Rec<"signature"> | undefined {
  let latest: Rec<"signature"> | undefined;
  for (const one of signatures) if (!latest || (one.signed_at ?? 0) > (latest.signed_at ?? 0)) latest = one;
  return latest;
}

/** Inspections of the round that are not any more what was signed: corrected, or made afterwards. */
export function changedSince(statement: Statement, inspections: readonly Rec<"inspection">[]): Rec<"inspection">[] {
  const signed = new Set(readOutline(statement).visits.map((visit) => nameOfHash(visit.ref)));
  return inspections.filter((inspection) => !signed.has(inspectionOp(inspection) ?? ""));
}

export interface PhotoCounts {
  readonly total: number;
  readonly confirmed: number;
  /** on this phone, on their way */
  readonly waiting: number;
  /** neither here nor at the centre, or refused there: somebody has to look */
  readonly missing: readonly string[];
}

/** Where the photos that inspections name are. `blobOf`: what this phone knows of a photo's bytes. */
export function countPhotos(
  photos: readonly { readonly id: string; readonly arrived_at?: number | null; readonly refused?: string | null; readonly blob?: string | null }[],
  blobOf: (sha256: string) => { readonly confirmed: boolean; readonly refused?: boolean } | undefined,
): PhotoCounts {
  let confirmed = 0;
  let waiting = 0;
  const missing: string[] = [];
  for (const photo of photos) {
    const blob = photo.blob ? blobOf(photo.blob) : undefined;
    if (photo.refused || blob?.refused) missing.push(photo.id);
    else if (photo.arrived_at != null || blob?.confirmed) confirmed++;
    else if (blob) waiting++;
    else missing.push(photo.id);
  }
  return { total: photos.length, confirmed, waiting, missing };
}
