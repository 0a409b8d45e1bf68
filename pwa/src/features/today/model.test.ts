import { expect, test } from "vitest";
import { daysBetween, planOf, type RoundLike } from "./model";

const round = (id: string, more: Partial<RoundLike>): RoundLike => ({ id, status: "planned", ...more });

test("the most pressing round comes first, one begun before one planned for the same day", () => {
  const plan = planOf(
    [
      round("later", { due_on: "2026-11-30" }),
      round("never", {}),
      round("planned", { due_on: "2026-11-19" }),
      round("begun", { due_on: "2026-11-19", status: "active" }),
    ],
    "me",
  );
  expect(plan.open.map(({ id }) => id)).toEqual(["begun", "planned", "later", "never"]);
});

test("rounds of others and cancelled ones do not appear; finished and signed stand apart", () => {
  const plan = planOf(
    [
      round("theirs", { people: ["you"] }),
      round("cancelled", { status: "cancelled" }),
      round("done", { status: "finished", people: ["me"] }),
      round("old", { status: "signed", due_on: "2026-10-01" }),
      round("new", { status: "signed", due_on: "2026-11-01" }),
    ],
    "me",
  );
  expect(plan.open).toEqual([]);
  expect(plan.unsigned.map(({ id }) => id)).toEqual(["done"]);
  expect(plan.signed.map(({ id }) => id)).toEqual(["new", "old"]);
});

test("days are counted on the calendar, over the end of a month and of summer time too", () => {
  expect([daysBetween("2026-10-24", "2026-11-02"), daysBetween("2026-11-19", "2026-11-19"), daysBetween("2026-11-19", "2026-11-17")]).toEqual([9, 0, -2]);
});
