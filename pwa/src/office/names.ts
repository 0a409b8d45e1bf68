/** What the office calls things. All of it is reactive: it reads the store. */
import { deviceZone, pick, t, type Message } from "../app/i18n";
import { store, type Rec } from "../engine/api";
import { assetCode, assetTitle, placeText } from "../features/asset/names";
import type { Role } from "../model/generated";
import { m } from "./messages";

export const spaceOf = (id: string): Rec<"space"> | undefined => store.get("space", id);
export const placeOf = (asset: Rec<"asset"> | undefined): string => (asset ? placeText(asset.space, spaceOf) : "");
export const titleOf = (asset: Rec<"asset"> | undefined): string =>
  asset ? assetTitle(asset, store.get("category", asset.category)) : "";
export const codeOf = (asset: Rec<"asset"> | undefined): string => (asset ? assetCode(asset) || asset.id.slice(-8) : "");
export const siteName = (id: string | null | undefined): string => store.get("site", id)?.name ?? "";
export const siteZone = (id: string | null | undefined): string => store.get("site", id)?.tz || deviceZone();
export const userName = (id: string | null | undefined): string => store.get("user", id)?.name ?? "";
export const categoryName = (id: string | null | undefined): string => {
  const category = store.get("category", id);
  return category ? pick(category.name) || category.key || "" : "";
};

const ROLE_NAMES: Record<Role, Message> = {
  administrator: m.administrator,
  manager: m.manager,
  dispatcher: m.dispatcher,
  engineer: m.engineer,
  storekeeper: m.storekeeper,
  supervisor: m.supervisor,
  customer: m.customer,
  viewer: m.viewer,
};
export const roleName = (role: string | null | undefined): string => {
  const message = ROLE_NAMES[role as Role];
  return message ? t(message) : (role ?? "");
};
