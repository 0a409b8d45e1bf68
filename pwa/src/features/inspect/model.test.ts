import { describe, expect, test } from "vitest";
import type { ChecklistItem } from "../../model/generated";
import {
  answerOf,
  answersOf,
  checklistFor,
  inspectionValues,
  judge,
  missing,
  restNormal,
  resultsOf,
  sectionsOf,
  startOf,
  strongerPresence,
  withAnswer,
  withDetail,
  type Answers,
} from "./model";

const item = (id: string, type: ChecklistItem["type"], more: Partial<ChecklistItem> = {}): ChecklistItem => ({ id, type, title: { zh: id }, ...more });
const FAN = item("fan", "check", { photo: "abnormal" });
const TEMP = item("temp", "number", { min: "10", max: "70", step: "0.5", unit: "°C" });
const DUST = item("dust", "choice", {
  choices: [
    { value: "little", title: { zh: "少" } },
    { value: "much", title: { zh: "多" }, abnormal: true },
  ],
});
const FRONT = item("front", "check", { photo: "always" });
const REMARK = item("remark", "text", { required: false });
const HINT = item("hint", "instruction");
const ITEMS = [FAN, TEMP, DUST, FRONT, REMARK, HINT];

describe("an answer", () => {
  test("judges numbers by their range, ends included, and keeps the digits as typed", () => {
    expect([judge(TEMP, "70"), judge(TEMP, "70.1"), judge(TEMP, "9.99"), judge(TEMP, "10.0")]).toEqual(["normal", "abnormal", "abnormal", "normal"]);
    expect(answerOf(withAnswer({}, TEMP, "36.50"), "temp").answer).toBe("36.50");
  });

  test("judges choices by the checklist and leaves not applicable out", () => {
    expect([judge(DUST, "much"), judge(DUST, "little"), judge(FAN, "na")]).toEqual(["abnormal", "normal", "na"]);
  });
});

describe("what is missing", () => {
  test("names each item once, in order, with what it lacks", () => {
    let answers: Answers = withAnswer({}, FAN, "fail");
    expect(missing(ITEMS, answers).map(({ item: { id }, what }) => [id, what])).toEqual([
      ["fan", "severity"],
      ["temp", "answer"],
      ["dust", "answer"],
      ["front", "answer"],
    ]);
    answers = withDetail(answers, "fan", { severity: "medium" });
    expect(missing([FAN], answers)[0]?.what).toBe("photo");
    answers = withDetail(answers, "fan", { photos: ["p1"] });
    expect(missing([FAN], answers)).toEqual([]);
  });

  test("asks for a photo that is always wanted, but not of what does not apply", () => {
    expect(missing([FRONT], withAnswer({}, FRONT, "pass"))[0]?.what).toBe("photo");
    expect(missing([FRONT], withAnswer({}, FRONT, "na"))).toEqual([]);
  });
});

describe("the rest normal", () => {
  test("answers checks and single normal choices, never figures, and changes no given answer", () => {
    const given = withAnswer({}, FAN, "fail");
    const { answers, answered } = restNormal(ITEMS, given);
    expect(answered).toBe(2); // dust and front; an instruction has no answer
    expect(answerOf(answers, "fan").answer).toBe("fail");
    expect(answerOf(answers, "temp").answer).toBe("");
    expect(answerOf(answers, "dust").answer).toBe("little");
  });
});

describe("the op", () => {
  test("holds what was answered, in the checklist's order, without words about an anomaly that is none", () => {
    let answers = withAnswer(withAnswer({}, TEMP, "43"), FAN, "fail");
    answers = withDetail(answers, "fan", { severity: "medium", note: " 异响 ", solved: "", photos: ["p1", "p1"] });
    expect(resultsOf(ITEMS, answers)).toEqual([
      { item: "fan", answer: "fail", state: "abnormal", severity: "medium", note: "异响", photos: ["p1"] },
      { item: "temp", answer: "43", state: "normal" },
    ]);
    expect(resultsOf([FAN], withAnswer(answers, FAN, "pass"))).toEqual([
      { item: "fan", answer: "pass", state: "normal", note: "异响", photos: ["p1"] },
    ]);
  });

  test("can be read back to be corrected", () => {
    const results = resultsOf(ITEMS, withDetail(withAnswer({}, FAN, "fail"), "fan", { severity: "minor", photos: ["p"] }));
    expect(resultsOf(ITEMS, answersOf(results))).toEqual(results);
  });

  test("repeats every field in a correction", () => {
    const draft = { v: 1, record: "i", checklist: "c", startedAt: 1, presence: { by: "scan", at: 1 }, answers: {} } as const;
    const values = inspectionValues({ site: "s", round: "r", asset: "a", checklist: "c", items: ITEMS, draft, at: 9 });
    expect(Object.keys(values).sort()).toEqual(["asset", "checklist", "finished_at", "outcome", "presence", "results", "round", "site", "started_at"]);
  });
});

test("a scan is stronger than a typed code, and a list never weakens either", () => {
  expect(strongerPresence({ by: "list", at: 1 }, { by: "scan", at: 2 })).toEqual({ by: "scan", at: 2 });
  expect(strongerPresence({ by: "scan", at: 1 }, { by: "list", at: 2 })).toEqual({ by: "scan", at: 1 });
});

test("a stepper starts at last time's value, else in the middle of the range", () => {
  expect([startOf(TEMP, "36"), startOf(TEMP, undefined), startOf(item("n", "number", { max: "80" }), undefined)]).toEqual(["36", "40.0", "80"]);
});

test("the round's own assignment comes before the published checklist of the category", () => {
  const published = [
    { id: "v1", categories: ["pc"], status: "published", version: 1 },
    { id: "v2", categories: ["pc"], status: "published", version: 2 },
    { id: "v3", categories: ["pc"], status: "draft", version: 3 },
  ];
  expect(checklistFor("pc", [{ category: "pc", checklist: "own" }], published)).toBe("own");
  expect(checklistFor("pc", [], published)).toBe("v2");
  expect(checklistFor("ups", [], published)).toBeUndefined();
});

test("items stand under their section", () => {
  const [a, b, c] = [item("a", "check", { section: { zh: "一" } }), item("b", "check", { section: { zh: "一" } }), item("c", "check")];
  expect(sectionsOf([a, b, c]).map((section) => section.items.length)).toEqual([2, 1]);
});
