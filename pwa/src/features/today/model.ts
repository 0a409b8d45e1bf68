/** What stands on Today, and in which order. */
import type { Round } from "../../model/generated";
import { isFor } from "../round/model";

export type RoundLike = Readonly<Round> & { readonly id: string };

export interface DayPlan<Item extends RoundLike> {
  /** to do: the most pressing first */
  readonly open: readonly Item[];
  /** finished, waiting for the customer's signature */
  readonly unsigned: readonly Item[];
  readonly signed: readonly Item[];
}

/** Whole days from one civil date to another; negative: it has passed. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** Rounds that are mine or nobody's; those begun before those due on the same day, those without a due date last. */
export function planOf<Item extends RoundLike>(rounds: readonly Item[], user: string | undefined): DayPlan<Item> {
  const mine = rounds.filter((round) => isFor(round, user));
  const pressing = (a: Item, b: Item): number =>
    (a.due_on ?? "9999").localeCompare(b.due_on ?? "9999") ||
    Number(b.status === "active") - Number(a.status === "active") ||
    (a.id < b.id ? -1 : 1);
  const latest = (a: Item, b: Item): number => (b.due_on ?? "").localeCompare(a.due_on ?? "") || (a.id < b.id ? 1 : -1);
  return {
    open: mine.filter((round) => round.status === "active" || round.status === "planned").sort(pressing),
    unsigned: mine.filter((round) => round.status === "finished").sort(pressing),
    signed: mine.filter((round) => round.status === "signed").sort(latest),
  };
}
