/** What a label's page shows for a token. */
import { readToken } from "../../worker/labels";

export type Meaning =
  /** not of the form of a token */
  | { kind: "bad" }
  | { kind: "asset"; token: string; asset: string }
  /** more than one asset claims it: for people to settle */
  | { kind: "clash"; token: string; assets: readonly string[] }
  /** issued by the centre, bound to nothing */
  | { kind: "blank"; token: string }
  | { kind: "unknown"; token: string };

export interface Held {
  /** assets whose tokens hold it */
  readonly assets: readonly { readonly id: string }[];
  /** the centre's own record of the label, if this phone has it */
  readonly issued: boolean;
}

export function meaningOf(text: string, holds: (token: string) => Held): Meaning {
  const token = readToken(text);
  if (!token) return { kind: "bad" };
  const { assets, issued } = holds(token);
  const [first, second] = assets;
  if (first && !second) return { kind: "asset", token, asset: first.id };
  if (first) return { kind: "clash", token, assets: assets.map(({ id }) => id) };
  return { kind: issued ? "blank" : "unknown", token };
}

/** In fours, as it is printed. */
export const spoken = (token: string): string => token.replace(/(.{4})(?=.)/g, "$1 ");
