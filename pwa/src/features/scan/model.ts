/** What a scanned or typed text leads to. Pure: the records come in as a lookup. */
import { readLabel, readToken, type Label } from "../../worker/labels";

export interface Found {
  readonly id: string;
}

export interface Lookup {
  byToken(token: string): readonly Found[];
  byCode(code: string): readonly Found[];
}

export type Target =
  /** a label of this installation; it may have no asset yet, or more than one */
  | { kind: "label"; token: string; assets: readonly string[] }
  /** the text is the code of exactly this */
  | { kind: "asset"; id: string }
  /** a code that several assets have */
  | { kind: "several"; text: string; assets: readonly string[] }
  /** somebody else's address: shown, never followed */
  | { kind: "foreign"; url: string; token?: string; assets: readonly string[] }
  | { kind: "unknown"; text: string };

const ids = (found: readonly Found[]): string[] => found.map(({ id }) => id);

function byCode(text: string, lookup: Lookup): Target | undefined {
  const assets = ids(lookup.byCode(text));
  if (assets.length === 1) return { kind: "asset", id: assets[0] as string };
  return assets.length ? { kind: "several", text, assets } : undefined;
}

/** A text that the camera read. */
export function readScanned(text: string, origin: string, lookup: Lookup): Target {
  const label: Label = readLabel(text, origin);
  switch (label.kind) {
    case "own":
      return { kind: "label", token: label.token, assets: ids(lookup.byToken(label.token)) };
    case "foreign":
      return {
        kind: "foreign",
        url: label.url,
        ...(label.token && { token: label.token }),
        assets: label.token ? ids(lookup.byToken(label.token)) : [],
      };
    default:
      return byCode(label.text, lookup) ?? { kind: "unknown", text: label.text };
  }
}

/** A text that a person typed: a position code first, then a label's characters, then a whole address. */
export function readTyped(text: string, origin: string, lookup: Lookup): Target {
  const typed = text.normalize("NFKC").trim();
  const coded = byCode(typed, lookup);
  if (coded) return coded;
  const token = readToken(typed);
  if (token) return { kind: "label", token, assets: ids(lookup.byToken(token)) };
  return readScanned(typed, origin, lookup);
}
