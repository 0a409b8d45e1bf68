import { describe, expect, test } from "vitest";
import { changesOf, formOf, historyOf, openHazards, worst } from "./model";
import { assetTitle, nameBesideCode, pathOf, placeText, type SpaceLike } from "./names";

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const at = (date: string): number => Date.parse(`${date}T08:00:00Z`);

test("history stands the latest first, inspections among purchases and labels", () => {
  const events = historyOf({
    asset: { id: "a", purchased_on: "2024-03", warranty_end: "2026-03-14" },
    inspections: [
      { id: "i1", outcome: "done", finished_at: at("2026-10-20"), results: [] },
      { id: "i2", outcome: "skipped", finished_at: at("2026-11-17") },
    ],
    labels: [{ id: "l", token: "T", printed_at: at("2025-01-02") }],
    documents: [],
    dateOf,
    today: "2026-11-19",
  });
  expect(events.map(({ kind }) => kind)).toEqual(["skipped", "normal", "warranty", "label", "purchased"]);
});

describe("an open hazard", () => {
  const bad = { item: "fan", answer: "fail", state: "abnormal", severity: "medium" } as const;

  test("is what the latest inspection found and nobody solved", () => {
    const older = { id: "1", outcome: "done", finished_at: 1, results: [bad] } as const;
    expect(openHazards([{ ...older, results: [bad] }])?.results).toHaveLength(1);
    expect(openHazards([{ ...older, results: [{ ...bad, solved: "cleaned" }] }])).toBeUndefined();
    expect(openHazards([{ ...older, results: [bad] }, { id: "2", outcome: "done", finished_at: 2, results: [] }])).toBeUndefined();
  });

  test("is as bad as its worst", () => {
    expect(worst([bad, { ...bad, severity: "serious" }])).toBe("serious");
    expect(worst([{ ...bad, severity: null }])).toBeUndefined();
  });
});

test("a form changes only what was touched and clears what was emptied", () => {
  const seen = { name: "PC", serial: "S1", note: null };
  expect(changesOf(seen, { ...formOf(seen), serial: "  ", person: " 张敏 " })).toEqual({ serial: null, person: "张敏" });
  expect(changesOf(seen, formOf(seen))).toEqual({});
});

describe("names", () => {
  const spaces: Record<string, SpaceLike> = {
    b: { id: "b", name: "1 号楼" },
    r: { id: "r", parent: "b", name: "0210 事故处理科", code: "0210" },
  };

  test("say maker, model and kind without saying anything twice", () => {
    expect(assetTitle({ manufacturer: "联想", model: "M437", name: "台式机" })).toBe("联想 M437 台式机");
    expect(assetTitle({ manufacturer: "联想", model: "M437", name: "联想 M437" })).toBe("联想 M437");
    expect(assetTitle({}, { name: { zh: "打印机" } })).toBe("打印机");
  });

  test("lead from the building to the room", () => {
    expect(placeText("r", (id) => spaces[id])).toBe("1 号楼 0210 事故处理科");
    expect(nameBesideCode(spaces["r"] as SpaceLike)).toBe("事故处理科");
    expect(pathOf("unknown", (id) => spaces[id])).toEqual([]);
  });
});
