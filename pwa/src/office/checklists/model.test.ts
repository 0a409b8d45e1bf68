import { expect, test } from "vitest";
import type { ChecklistItem } from "../../model/generated";
import { BLANK, draftOf, faultOf, firstFault, moved, newItem, newKey, valuesOf, type Draft } from "./model";

const check: ChecklistItem = { id: "fan", type: "check", title: { zh: " 风扇 ", en: "Fan" }, photo: "abnormal", required: true };
const temp: ChecklistItem = { id: "temp", type: "number", title: { zh: "温度" }, unit: " °C ", min: "10", max: "70", step: "1" };
const draft: Draft = { ...BLANK, title: { en: "Monthly" }, items: [check, temp] };

test("values keep what an item's type has and nothing else", () => {
  const items = valuesOf({ ...draft, items: [{ ...check, unit: "°C", min: "1", choices: [] }, temp] }, "r").items;
  expect(items).toEqual([
    { id: "fan", type: "check", title: { zh: "风扇", en: "Fan" }, photo: "abnormal" },
    { id: "temp", type: "number", title: { zh: "温度" }, unit: "°C", min: "10", max: "70", step: "1" },
  ]);
});

test("numbers typed in full width or with a comma are read, others are a fault", () => {
  expect(valuesOf({ ...draft, items: [{ ...temp, min: "１０，5" }] }, "r").items?.[0]?.min).toBe("10.5");
  expect(faultOf({ ...temp, max: "warm" })).toBe("number");
  expect(faultOf({ ...temp, min: "80" })).toBe("order");
  expect(faultOf({ ...temp, step: "0" })).toBe("step");
});

test("a choice needs two answers with a title each", () => {
  expect(faultOf({ ...check, type: "choice", choices: [{ value: "a", title: { en: "A" } }] })).toBe("choices");
  expect(faultOf({ ...check, type: "choice", choices: [{ value: "a", title: { en: "A" } }, { value: "b", title: {} }] })).toBe("choiceTitle");
});

test("a checklist without a title, items or a question cannot be saved", () => {
  expect(firstFault({ ...draft, title: { zh: " " } })).toEqual({ fault: "title" });
  expect(firstFault({ ...draft, items: [] })).toEqual({ fault: "noItems" });
  expect(firstFault({ ...draft, items: [{ ...check, type: "instruction" }] })).toEqual({ fault: "onlyInstructions" });
  expect(firstFault({ ...draft, items: [check, { ...temp, title: {} }] })).toEqual({ fault: "title", item: 1 });
  expect(firstFault(draft)).toBeNull();
});

test("the first version is its own family; the next one names it and keeps the items' ids", () => {
  const first = valuesOf(draft, "r1");
  expect(first.family).toBe("r1");
  const next = valuesOf(draftOf({ id: "r1", ...first }, 2), "r2");
  expect([next.family, next.version, next.items?.map((item) => item.id)]).toEqual(["r1", 2, ["fan", "temp"]]);
});

test("items move within the list only", () => {
  expect(moved([1, 2, 3], 2, 0)).toEqual([3, 1, 2]);
  expect(moved([1, 2, 3], 2, 3)).toEqual([1, 2, 3]);
});

test("a new item gets a key that no other has", () => {
  const rolls = [0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0];
  expect(newKey(["aaaaaa"], () => rolls.shift() ?? 0)).not.toBe("aaaaaa");
  expect(newItem([check]).id).toMatch(/^[a-z0-9]{6}$/);
});
