/** The lines of a round's live list: each abnormal answer by itself, the normal ones of an inspection together. */
import type { Rec } from "../../engine/api";
import type { ChecklistItem, ItemResult } from "../../model/generated";
import { foundOf, type Found } from "../../features/round/model";

export interface Line {
  readonly key: string;
  readonly at: number;
  readonly inspection: Rec<"inspection">;
  readonly found: Found;
  /** the abnormal answer and its item; neither for the summary of the normal ones and for a skipped asset */
  readonly result?: ItemResult;
  readonly item?: ChecklistItem;
  /** how many answers were normal or not applicable */
  readonly normal: number;
}

/** Newest first. */
export function linesOf(
  inspections: readonly Rec<"inspection">[],
  itemsOf: (checklist: string | null | undefined) => readonly ChecklistItem[],
): Line[] {
  const lines: Line[] = [];
  for (const inspection of inspections) {
    const at = inspection.finished_at ?? inspection.started_at ?? 0;
    const found = foundOf(inspection);
    const results = inspection.results ?? [];
    const abnormal = results.filter((result) => result.state === "abnormal");
    for (const result of abnormal) {
      const item = itemsOf(inspection.checklist).find((one) => one.id === result.item);
      lines.push({ key: `${inspection.id} ${result.item}`, at, inspection, found: "abnormal", result, normal: 0, ...(item && { item }) });
    }
    const normal = results.length - abnormal.length;
    if (normal > 0 || abnormal.length === 0) {
      lines.push({ key: inspection.id, at, inspection, found: found === "abnormal" ? "normal" : found, normal });
    }
  }
  return lines.sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
}
