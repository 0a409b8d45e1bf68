/** What is known of an asset over time, and what a form changed of it. */
import type { Asset, ItemResult } from "../../model/generated";
import type { InspectionLike } from "../round/model";

export type EventKind = "normal" | "abnormal" | "skipped" | "purchased" | "made" | "label" | "document" | "warranty";

export interface HistoryEvent {
  readonly key: string;
  readonly kind: EventKind;
  /** civil date YYYY-MM-DD, or as much of it as is known */
  readonly on: string;
  readonly inspection?: InspectionLike;
  readonly text?: string;
}

export interface Sources {
  asset: Readonly<Asset> & { readonly id: string };
  inspections: readonly InspectionLike[];
  labels: readonly { readonly id: string; readonly token?: string | null; readonly printed_at?: number | null }[];
  documents: readonly { readonly id: string; readonly number?: string | null; readonly issued_at?: number | null }[];
  /** the civil date of an instant at the asset's site */
  dateOf: (at: number) => string;
  today: string;
}

/** Everything that happened, the latest first. */
export function historyOf({ asset, inspections, labels, documents, dateOf, today }: Sources): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const inspection of inspections) {
    const at = inspection.finished_at ?? inspection.started_at;
    if (!at) continue;
    const abnormal = (inspection.results ?? []).some((result) => result.state === "abnormal");
    events.push({
      key: inspection.id,
      kind: inspection.outcome === "skipped" ? "skipped" : abnormal ? "abnormal" : "normal",
      on: dateOf(at),
      inspection,
    });
  }
  for (const label of labels) if (label.printed_at) events.push({ key: label.id, kind: "label", on: dateOf(label.printed_at), text: label.token ?? "" });
  for (const one of documents) if (one.issued_at) events.push({ key: one.id, kind: "document", on: dateOf(one.issued_at), text: one.number ?? "" });
  if (asset.purchased_on) events.push({ key: "purchased", kind: "purchased", on: asset.purchased_on });
  if (asset.made_on) events.push({ key: "made", kind: "made", on: asset.made_on });
  if (asset.warranty_end && asset.warranty_end < today) events.push({ key: "warranty", kind: "warranty", on: asset.warranty_end });
  return events.sort((a, b) => (a.on === b.on ? (a.key < b.key ? 1 : -1) : a.on < b.on ? 1 : -1));
}

/** What the latest inspection found and nobody solved on the spot. */
export function openHazards(inspections: readonly InspectionLike[]): { inspection: InspectionLike; results: readonly ItemResult[] } | undefined {
  const done = inspections.filter((one) => one.outcome === "done" && one.finished_at);
  const latest = done.reduce<InspectionLike | undefined>((best, one) => (!best || (one.finished_at ?? 0) > (best.finished_at ?? 0) ? one : best), undefined);
  const results = (latest?.results ?? []).filter((result) => result.state === "abnormal" && !result.solved);
  return latest && results.length ? { inspection: latest, results } : undefined;
}

const SEVERITY = ["minor", "medium", "serious"] as const;

/** The worst severity of several results; undefined where none is given. */
export const worst = (results: readonly ItemResult[]): (typeof SEVERITY)[number] | undefined =>
  [...SEVERITY].reverse().find((severity) => results.some((result) => result.severity === severity));

export const EDITABLE = ["name", "serial", "person", "space", "note"] as const;
export type EditableField = (typeof EDITABLE)[number];
export type Form = Record<EditableField, string>;

export const formOf = (asset: Readonly<Asset>): Form =>
  Object.fromEntries(EDITABLE.map((field) => [field, asset[field] ?? ""])) as Form;

/** Only what the person changed; an emptied field is cleared. Fields untouched stay with whoever changes them meanwhile. */
export function changesOf(seen: Readonly<Asset>, form: Form): Partial<Record<EditableField, string | null>> {
  const changes: Partial<Record<EditableField, string | null>> = {};
  for (const field of EDITABLE) {
    const value = form[field].trim();
    if (value !== (seen[field] ?? "")) changes[field] = value === "" ? null : value;
  }
  return changes;
}
