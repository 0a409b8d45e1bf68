/** A round with all that is known of it now. Reactive: read it in `$derived`. */
import { store, type Rec } from "../../engine/api";
import { countOf, floorsOf, latestByAsset, type Counts, type Floor } from "./model";

export interface Progress {
  readonly latest: ReadonlyMap<string, Rec<"inspection">>;
  readonly counts: Counts;
  readonly floors: readonly Floor[];
  /** assets that the round names and this phone does not hold (yet) */
  readonly absent: number;
}

export const spaceOf = (id: string): Rec<"space"> | undefined => store.get("space", id);

export function progressOf(round: Rec<"round">): Progress {
  const latest = latestByAsset(store.by("inspection", "round", round.id)) as Map<string, Rec<"inspection">>;
  const ids = round.assets ?? [];
  const assets = ids.flatMap((id) => store.get("asset", id) ?? []);
  return { latest, counts: countOf(ids, latest), floors: floorsOf(assets, spaceOf, latest), absent: ids.length - assets.length };
}
