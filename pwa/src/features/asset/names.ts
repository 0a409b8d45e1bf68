/** What people call an asset and where it stands. Plain functions over records, so that lists can sort and group by them. */
import { pick, type Bilingual } from "../../app/i18n";
import type { Asset, Space } from "../../model/generated";

export type SpaceLike = Readonly<Space> & { readonly id: string };
export type AssetLike = Readonly<Asset> & { readonly id: string };
export type SpaceOf = (id: string) => SpaceLike | undefined;

/** Numbers inside codes count as numbers: D010210-9 before D010210-10. */
export const naturally = new Intl.Collator("zh", { numeric: true, sensitivity: "base" });

/** From the building down to the space itself. A loop in the tree, or a parent that is not on this phone, ends the path. */
export function pathOf(space: string | null | undefined, spaceOf: SpaceOf): SpaceLike[] {
  const path: SpaceLike[] = [];
  const seen = new Set<string>();
  for (let id = space; id && !seen.has(id); ) {
    seen.add(id);
    const found = spaceOf(id);
    if (!found) break;
    path.unshift(found);
    id = found.parent;
  }
  return path;
}

/** The name without the code in front of it: "0210 Accidents" with code 0210 is "Accidents". */
export function nameBesideCode({ code, name }: Pick<SpaceLike, "code" | "name">): string {
  if (!name || !code) return name ?? "";
  return name.startsWith(code) ? name.slice(code.length).replace(/^[\s·:：-]+/, "") : name;
}

/** "1 号楼 2 层 0210 事故处理科" */
export const placeText = (space: string | null | undefined, spaceOf: SpaceOf): string =>
  pathOf(space, spaceOf)
    .map((part) => part.name || part.code || "")
    .filter(Boolean)
    .join(" ");

/** Maker and model, else the name, else the category: what the thing is at a glance. */
export function assetTitle(asset: Readonly<Asset>, category?: { readonly name?: Bilingual | null } | undefined): string {
  const made = [asset.manufacturer, asset.model].filter(Boolean).join(" ");
  const name = asset.name ?? "";
  if (made && name && !name.includes(asset.model ?? made)) return `${made} ${name}`;
  return name || made || pick(category?.name);
}

/** The code if it has one: what a person reads off the label. */
export const assetCode = (asset: Readonly<Asset>): string => asset.code || asset.asset_tag || asset.serial || "";
