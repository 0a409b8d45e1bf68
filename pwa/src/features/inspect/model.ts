/** A half-filled inspection: what each tap makes of it, what is still missing, and the op that it becomes. */
import { inRange, compareDecimals } from "../../ui/decimal";
import type { ChecklistItem, Inspection, ItemResult, Presence } from "../../model/generated";

export type State = ItemResult["state"];
export type Severity = NonNullable<ItemResult["severity"]>;

export interface Answer {
  /** "" while nothing is answered */
  readonly answer: string;
  readonly state: State;
  readonly severity?: Severity | null;
  readonly note?: string;
  readonly solved?: string;
  readonly photos: readonly string[];
}

export type Answers = Readonly<Record<string, Answer>>;

/** What is kept at every tap under `inspect:<round>:<asset>`. */
export interface InspectDraft {
  readonly v: 1;
  /** the inspection record that it becomes */
  readonly record: string;
  readonly checklist: string;
  readonly startedAt: number;
  readonly presence: Presence;
  readonly answers: Answers;
  /** the item touched last: where a reload comes back to */
  readonly focus?: string;
  /** the inspection as it was when the person began to correct it */
  readonly seen?: unknown;
}

export type Missing = "answer" | "severity" | "photo";

export const draftKey = (round: string, asset: string): string => `inspect:${round}:${asset}`;

const BLANK: Answer = { answer: "", state: "normal", photos: [] };

export const answerOf = (answers: Answers, item: string): Answer => answers[item] ?? BLANK;

/** What an answer says of the asset. A number counts as abnormal outside its range, a choice where the checklist says so. */
export function judge(item: ChecklistItem, answer: string): State {
  if (answer === "na") return "na";
  switch (item.type) {
    case "check":
      return answer === "fail" ? "abnormal" : "normal";
    case "choice":
      return item.choices?.find((choice) => choice.value === answer)?.abnormal ? "abnormal" : "normal";
    case "number":
      return answer === "" || inRange(answer, item.min, item.max) ? "normal" : "abnormal";
    default:
      return "normal";
  }
}

/** The answer with a new value; what was said about an anomaly stays in the draft, should the person come back to it. */
export function withAnswer(answers: Answers, item: ChecklistItem, value: string | null): Answers {
  const answer = value ?? "";
  return { ...answers, [item.id]: { ...answerOf(answers, item.id), answer, state: judge(item, answer) } };
}

export const withDetail = (answers: Answers, item: string, detail: Partial<Omit<Answer, "answer" | "state">>): Answers => ({
  ...answers,
  [item]: { ...answerOf(answers, item), ...detail },
});

export const needsPhoto = (item: ChecklistItem, { answer, state }: Answer): boolean =>
  answer !== "na" && (item.photo === "always" || (item.photo === "abnormal" && answer !== "" && state === "abnormal"));

/** What this item still lacks before the inspection can be finished. */
export function missingOf(item: ChecklistItem, answer: Answer): Missing | null {
  const required = item.required !== false && item.type !== "instruction";
  if (answer.answer === "") return required ? "answer" : needsPhoto(item, answer) && !answer.photos.length ? "photo" : null;
  if (answer.state === "abnormal" && !answer.severity) return "severity";
  return needsPhoto(item, answer) && !answer.photos.length ? "photo" : null;
}

export function missing(items: readonly ChecklistItem[], answers: Answers): { item: ChecklistItem; what: Missing }[] {
  return items.flatMap((item) => {
    const what = missingOf(item, answerOf(answers, item.id));
    return what ? [{ item, what }] : [];
  });
}

/** What "the rest is normal" can say without having looked at a figure: null where only a person can. */
function normalAnswer(item: ChecklistItem): string | null {
  if (item.type === "check") return "pass";
  if (item.type !== "choice") return null;
  const normal = (item.choices ?? []).filter((choice) => !choice.abnormal);
  return normal.length === 1 ? (normal[0]?.value ?? null) : null;
}

/** Answers every open check as normal. Figures, texts and choices between several normal values stay for the person. */
export function restNormal(items: readonly ChecklistItem[], answers: Answers): { answers: Answers; answered: number } {
  let next = answers;
  let answered = 0;
  for (const item of items) {
    const value = normalAnswer(item);
    if (value === null || answerOf(answers, item.id).answer !== "") continue;
    next = withAnswer(next, item, value);
    answered++;
  }
  return { answers: next, answered };
}

/** The op's results, in the checklist's order. What was typed about an anomaly that is none any more is left out. */
export function resultsOf(items: readonly ChecklistItem[], answers: Answers): ItemResult[] {
  return items.flatMap((item) => {
    const given = answerOf(answers, item.id);
    if (given.answer === "" && !given.photos.length) return [];
    const result: ItemResult = { item: item.id, answer: given.answer === "" ? "na" : given.answer, state: given.answer === "" ? "na" : given.state };
    if (result.state === "abnormal") {
      if (given.severity) result.severity = given.severity;
      if (given.solved?.trim()) result.solved = given.solved.trim();
    }
    if (given.note?.trim()) result.note = given.note.trim();
    if (given.photos.length) result.photos = [...new Set(given.photos)];
    return [result];
  });
}

/** The answers of an inspection that was finished before, to be corrected. */
export function answersOf(results: readonly ItemResult[] | null | undefined): Answers {
  return Object.fromEntries(
    (results ?? []).map((result) => [
      result.item,
      {
        answer: result.answer,
        state: result.state,
        severity: result.severity ?? null,
        note: result.note ?? "",
        solved: result.solved ?? "",
        photos: result.photos ?? [],
      } satisfies Answer,
    ]),
  );
}

const STRENGTH: Record<Presence["by"], number> = { list: 0, typed: 1, scan: 2 };

/** The stronger evidence of having been there; of two equal ones the earlier. */
export const strongerPresence = (a: Presence, b: Presence): Presence => (STRENGTH[b.by] > STRENGTH[a.by] ? b : a);

/** Where the first tap on a stepper starts: last time's value, else the middle of the range, else an end of it, else 0. */
export function startOf(item: ChecklistItem, last: string | undefined): string {
  if (last !== undefined && compareDecimals(last, "0") !== null) return last;
  if (item.min != null && item.max != null) {
    const digits = Math.max(...[item.min, item.max, item.step ?? "1"].map((text) => text.split(".")[1]?.length ?? 0));
    return ((Number(item.min) + Number(item.max)) / 2).toFixed(digits);
  }
  return item.min ?? item.max ?? "0";
}

export interface Finished {
  site: string;
  round: string;
  asset: string;
  checklist: string;
  items: readonly ChecklistItem[];
  draft: InspectDraft;
  at: number;
}

/** The values of the inspection op. A correction repeats all of them, so that one op holds the whole of what was found. */
export function inspectionValues({ site, round, asset, checklist, items, draft, at }: Finished): Inspection {
  return {
    site,
    round,
    asset,
    checklist,
    outcome: "done",
    results: resultsOf(items, draft.answers),
    presence: draft.presence,
    started_at: draft.startedAt,
    finished_at: at,
  };
}

/** Which checklist a round uses for a category: its own assignment, else the published one made for the category. */
export function checklistFor(
  category: string | null | undefined,
  assignments: readonly { category: string; checklist: string }[] | null | undefined,
  published: readonly { id: string; categories?: readonly string[] | null; status?: string | null; version?: number | null }[],
): string | undefined {
  const assigned = assignments?.find((one) => one.category === category)?.checklist;
  if (assigned) return assigned;
  return published
    .filter((one) => one.status === "published" && category && one.categories?.includes(category))
    .sort((a, b) => (b.version ?? 0) - (a.version ?? 0))[0]?.id;
}

/** One part of the checklist under its heading; items without a section come as one part without. */
export function sectionsOf<Item extends ChecklistItem>(items: readonly Item[]): { title: Item["section"]; items: Item[] }[] {
  const sections: { title: Item["section"]; items: Item[] }[] = [];
  for (const item of items) {
    const last = sections.at(-1);
    if (last && JSON.stringify(last.title ?? null) === JSON.stringify(item.section ?? null)) last.items.push(item);
    else sections.push({ title: item.section, items: [item] });
  }
  return sections;
}
