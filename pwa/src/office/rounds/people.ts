/** Who can be sent on a round of a site: engineers first. */
import { store, type Rec } from "../../engine/api";
import { naturally } from "../../features/asset/names";

/** Reactive. */
export const candidatesOf = (site: string | null | undefined): Rec<"user">[] =>
  store
    .all("user")
    .filter((user) => user.status !== "revoked" && user.role !== "customer" && user.role !== "viewer")
    .filter((user) => user.all_sites || (site != null && user.sites?.includes(site)))
    .sort((a, b) => Number(b.role === "engineer") - Number(a.role === "engineer") || naturally.compare(a.name ?? "", b.name ?? ""));
