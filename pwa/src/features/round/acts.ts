/** What working on a round does to the round itself. */
import { store, type Draft, type Rec } from "../../engine/api";

/** The first thing done in a planned round begins it. Not grouped: should another phone have begun it, only this step is idle. */
export function beginRound(round: Rec<"round">): Draft[] {
  return store.get("round", round.id)?.status === "planned"
    ? [{ kind: "round", record: round.id, values: { status: ["planned", "active"] } } as Draft]
    : [];
}
