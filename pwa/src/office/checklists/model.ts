/** A checklist while it is edited: items in order, what is wrong with them, and the values that they become. */
import type { Bilingual, Checklist, ChecklistItem, Choice } from "../../model/generated";
import { compareDecimals, readDecimal } from "../../ui/decimal";

export type ItemType = ChecklistItem["type"];
export const ITEM_TYPES: readonly ItemType[] = ["check", "choice", "number", "text", "instruction"];

/** What the form holds. Kept as a draft at every change, so plain data only. */
export interface Draft {
  readonly family: string | null;
  readonly version: number;
  readonly title: Bilingual;
  readonly categories: readonly string[];
  readonly items: readonly ChecklistItem[];
}

export type Fault = "title" | "choices" | "choiceTitle" | "number" | "order" | "step" | "noItems" | "onlyInstructions";

const LETTERS = "abcdefghjkmnpqrstvwxyz0123456789";

/** An id that a later version does not give to something else: answers are compared from version to version by it. */
export function newKey(taken: Iterable<string>, random: () => number = Math.random): string {
  const used = new Set(taken);
  for (;;) {
    let key = "";
    for (let length = 0; length < 6; length++) key += LETTERS[Math.floor(random() * LETTERS.length)];
    if (!used.has(key)) return key;
  }
}

export const newItem = (items: readonly ChecklistItem[], type: ItemType = "check"): ChecklistItem => ({
  id: newKey(items.map((item) => item.id)),
  type,
  title: {},
  section: items.at(-1)?.section ?? null,
  photo: type === "check" ? "abnormal" : "never",
  required: true,
  ...(type === "choice" && { choices: twoChoices() }),
});

/** What a choice begins with. */
export function twoChoices(): Choice[] {
  const first = newKey([]);
  return [first, newKey([first])].map((value) => ({ value, title: {} }));
}

export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  if (from === to || to < 0 || to >= list.length) return list;
  const next = [...list];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(to, 0, taken);
  return next;
}

const isBlank = (text: Bilingual | null | undefined): boolean => !text?.zh?.trim() && !text?.en?.trim();
const readable = (text: string | null | undefined): boolean => !text?.trim() || readDecimal(text) !== null;

/** What keeps an item from being saved. */
export function faultOf(item: ChecklistItem): Fault | null {
  if (isBlank(item.title)) return "title";
  if (item.type === "choice") {
    const choices = item.choices ?? [];
    if (choices.length < 2) return "choices";
    if (choices.some((choice) => isBlank(choice.title))) return "choiceTitle";
  }
  if (item.type === "number") {
    if (!readable(item.min) || !readable(item.max) || !readable(item.step)) return "number";
    const low = item.min?.trim() ? readDecimal(item.min) : null;
    const high = item.max?.trim() ? readDecimal(item.max) : null;
    if (low !== null && high !== null && (compareDecimals(low, high) ?? 0) > 0) return "order";
    const step = item.step?.trim() ? readDecimal(item.step) : null;
    if (step !== null && (compareDecimals(step, "0") ?? 0) <= 0) return "step";
  }
  return null;
}

/** The first fault of the whole; `item` is the place of the item that has it. */
export function firstFault(draft: Draft): { fault: Fault; item?: number } | null {
  if (isBlank(draft.title)) return { fault: "title" };
  if (draft.items.length === 0) return { fault: "noItems" };
  for (const [item, one] of draft.items.entries()) {
    const fault = faultOf(one);
    if (fault) return { fault, item };
  }
  return draft.items.every((item) => item.type === "instruction") ? { fault: "onlyInstructions" } : null;
}

function trimmed(text: Bilingual | null | undefined): Bilingual {
  const [zh, en] = [text?.zh?.trim(), text?.en?.trim()];
  return { ...(zh && { zh }), ...(en && { en }) };
}

const decimal = (text: string | null | undefined): string | null => (text?.trim() ? readDecimal(text) : null);

/** An item with what its type has, and nothing else. */
function cleanItem(item: ChecklistItem): ChecklistItem {
  const clean: ChecklistItem = { id: item.id, type: item.type, title: trimmed(item.title) };
  if (!isBlank(item.section)) clean.section = trimmed(item.section);
  if (!isBlank(item.hint)) clean.hint = trimmed(item.hint);
  if (item.type === "number") {
    if (item.unit?.trim()) clean.unit = item.unit.trim();
    const [min, max, step] = [decimal(item.min), decimal(item.max), decimal(item.step)];
    if (min !== null) clean.min = min;
    if (max !== null) clean.max = max;
    if (step !== null) clean.step = step;
  }
  if (item.type === "choice")
    clean.choices = (item.choices ?? []).map((choice) => ({ value: choice.value, title: trimmed(choice.title), ...(choice.abnormal && { abnormal: true }) }));
  if (item.type !== "instruction") {
    if (item.photo && item.photo !== "never") clean.photo = item.photo;
    if (item.required === false) clean.required = false;
  }
  return clean;
}

/** The values of the checklist's op; `record` becomes the family of a first version. */
export const valuesOf = (draft: Draft, record: string): Required<Pick<Checklist, "family" | "version" | "title" | "categories" | "items">> => ({
  family: draft.family ?? record,
  version: draft.version,
  title: trimmed(draft.title),
  categories: [...draft.categories],
  items: draft.items.map(cleanItem),
});

/** What is edited, of a record; `version` for the next one. */
export const draftOf = (checklist: Checklist & { readonly id: string }, version = checklist.version ?? 1): Draft => ({
  family: checklist.family ?? checklist.id,
  version,
  title: { ...checklist.title },
  categories: [...(checklist.categories ?? [])],
  items: structuredClone(checklist.items ?? []) as ChecklistItem[],
});

export const BLANK: Draft = { family: null, version: 1, title: {}, categories: [], items: [] };
