/** Assets as the table shows them: every text ready, so that thousands filter and sort at once. */
import { pick, t } from "../../app/i18n";
import { store, type Rec } from "../../engine/api";
import { assetTitle, naturally, pathOf } from "../../features/asset/names";
import { spaceOf } from "../names";
import { ASSET_STATES } from "../parts/states";
import { m } from "./messages";

export interface AssetRow {
  readonly id: string;
  readonly asset: Rec<"asset">;
  readonly code: string;
  readonly title: string;
  readonly category: string;
  readonly place: string;
  readonly site: string;
  readonly state: string;
  readonly inspected: string;
  readonly warranty: Warranty;
  readonly labelled: boolean;
}

export type Warranty = "over" | "soon" | "covered" | "unknown";
const SOON_DAYS = 90;
const DAY_MS = 86_400_000;

/** Days until the end of a date that may be a month or a year only; null if there is none. */
export function daysUntil(date: string | null | undefined, now: number): number | null {
  const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date ?? "");
  if (!found) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2] ?? 12), found[3]];
  // day 0 of the next month is the last of this one
  const end = day ? Date.UTC(year, month - 1, Number(day)) : Date.UTC(year, month, 0);
  return Math.floor(end / DAY_MS) - Math.floor(now / DAY_MS);
}

export function warrantyOf(date: string | null | undefined, now: number): Warranty {
  const days = daysUntil(date, now);
  if (days === null) return "unknown";
  return days < 0 ? "over" : days <= SOON_DAYS ? "soon" : "covered";
}

/** Building and room; the floor between them is left to the details, so that the room is seen in a narrow column. */
function shortPlace(space: string): string {
  const path = pathOf(space, spaceOf);
  const shown = path.length > 2 ? path.filter((one) => one.type !== "floor") : path;
  return shown.map((one) => one.name || one.code || "").join(" ");
}

export const stateName = (status: string | null | undefined): string => {
  const state = ASSET_STATES[status ?? ""];
  return state ? t(state.label) : (status ?? "");
};

export const warrantyName = (key: string): string =>
  t(key === "over" ? m.over : key === "soon" ? m.soon : key === "covered" ? m.covered : m.unknownWarranty);

/** All assets, by site and code. Reactive; costs once per change of the store. */
export function assetRows(zoneOf: (site: string | null | undefined) => string, dateOf: (at: number, zone: string) => string): AssetRow[] {
  const now = Date.now();
  const last = new Map<string, number>();
  for (const one of store.all("inspection")) {
    const at = one.finished_at ?? 0;
    if (one.asset && one.outcome === "done" && at > (last.get(one.asset) ?? 0)) last.set(one.asset, at);
  }
  const categories = new Map(store.all("category").map((one) => [one.id, pick(one.name) || one.key || ""]));
  const sites = new Map(store.all("site").map((one) => [one.id, one.name ?? ""]));
  const places = new Map<string, string>();
  const placeAt = (space: string | null | undefined): string => {
    if (!space) return "";
    let text = places.get(space);
    if (text === undefined) places.set(space, (text = shortPlace(space)));
    return text;
  };
  return store
    .all("asset")
    .map((asset): AssetRow => {
      const at = last.get(asset.id);
      return {
        id: asset.id,
        asset,
        code: asset.code ?? "",
        title: assetTitle(asset, store.get("category", asset.category)),
        category: categories.get(asset.category ?? "") ?? "",
        place: placeAt(asset.space),
        site: sites.get(asset.site ?? "") ?? "",
        state: stateName(asset.status),
        inspected: at ? dateOf(at, zoneOf(asset.site)) : "",
        warranty: warrantyOf(asset.warranty_end, now),
        labelled: (asset.tokens?.length ?? 0) > 0,
      };
    })
    .sort((a, b) => naturally.compare(a.code || "~", b.code || "~"));
}

export const isIn = (asset: Rec<"asset">, space: string): boolean => pathOf(asset.space, spaceOf).some((one) => one.id === space);
