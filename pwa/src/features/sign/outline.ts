/** A statement as the customer reads it: its lines grouped by asset. Built from the lines alone, so nothing else can be shown. */
import type { Statement, StatementLine } from "../../engine/api";

export interface Reading {
  readonly item: string;
  readonly title: string;
  readonly value: string;
  readonly unit: string;
  range: string;
  last: string;
  lastUnit: string;
  abnormal: boolean;
  severity: string;
  note: string;
  solved: string;
}

export interface Visit {
  /** full hash of the inspection's op */
  ref: string;
  code: string;
  name: string;
  manufacturer: string;
  model: string;
  serial: string;
  place: string;
  /** 已检 / Inspected, as the statement says it */
  outcome: string;
  skipped: boolean;
  reason: string;
  checklist: string;
  items: string;
  readonly readings: Reading[];
  /** lines of a later version: shown as they are, never dropped */
  readonly others: StatementLine[];
}

export interface Outline {
  customer: string;
  site: string;
  round: string;
  engineers: string[];
  visits: Visit[];
}

/** The frozen words of version 1 that tell lines with the same `f` apart. */
const PLACE = ["位置", "Location"];
const LAST = ["上次", "Last"];
const ENGINEER = ["工程师", "Engineer"];
const SKIPPED = ["未检", "Not inspected"];
const ASSET_FIELDS = ["code", "name", "manufacturer", "model", "serial"];

const newVisit = (): Visit => ({
  ref: "",
  code: "",
  name: "",
  manufacturer: "",
  model: "",
  serial: "",
  place: "",
  outcome: "",
  skipped: false,
  reason: "",
  checklist: "",
  items: "",
  readings: [],
  others: [],
});

export function readOutline(statement: Statement): Outline {
  const { lines } = statement;
  const outline: Outline = {
    customer: lines[0]?.value ?? "",
    site: lines[1]?.value ?? "",
    round: lines[2]?.value ?? "",
    engineers: [],
    visits: [],
  };
  let at = 3;
  for (; at < lines.length && ENGINEER.includes((lines[at] as StatementLine).label); at++) outline.engineers.push((lines[at] as StatementLine).value);
  let visit: Visit | undefined;
  for (const line of lines.slice(at)) {
    // The outcome closes an asset's own lines: what comes after it and names an asset belongs to the next one.
    if (!visit || (visit.ref && (line.f === "outcome" || ASSET_FIELDS.includes(line.f)))) {
      visit = newVisit();
      outline.visits.push(visit);
    }
    take(visit, line);
  }
  return outline;
}

function take(visit: Visit, line: StatementLine): void {
  const { f, value } = line;
  if (f === "name" && PLACE.includes(line.label)) visit.place = value;
  else if (ASSET_FIELDS.includes(f)) visit[f as "code" | "name" | "manufacturer" | "model" | "serial"] = value;
  else if (f === "outcome") Object.assign(visit, { ref: line.ref, outcome: value, skipped: SKIPPED.includes(value) });
  else if (f === "reason") visit.reason = value;
  else if (f === "title") visit.checklist = value;
  else if (f === "items") visit.items = value;
  else if (!takeReading(visit, line)) visit.others.push(line);
}

function takeReading(visit: Visit, line: StatementLine): boolean {
  const [head = "", item = "", part, ...more] = line.f.split(".");
  if (more.length || !item) return false;
  const reading = visit.readings.findLast((one) => one.item === item);
  if (head === "results" && part === undefined) {
    if (reading && LAST.includes(line.label) && line.ref !== visit.ref) {
      reading.last = line.value;
      reading.lastUnit = line.unit;
      return true;
    }
    visit.readings.push({
      item,
      title: line.label,
      value: line.value,
      unit: line.unit,
      range: "",
      last: "",
      lastUnit: "",
      abnormal: false,
      severity: "",
      note: "",
      solved: "",
    });
    return true;
  }
  if (!reading) return false;
  if (head === "items" && part === "range") reading.range = line.value;
  else if (head !== "results") return false;
  else if (part === "state") reading.abnormal = true;
  else if (part === "severity" || part === "note" || part === "solved") reading[part] = line.value;
  else return false;
  return true;
}

export const isAbnormal = (visit: Visit): boolean => visit.readings.some((reading) => reading.abnormal);

export interface Counts {
  readonly due: number;
  readonly normal: number;
  readonly abnormal: number;
  readonly skipped: number;
}

export function countVisits(visits: readonly Visit[]): Counts {
  const skipped = visits.filter((visit) => visit.skipped).length;
  const abnormal = visits.filter(isAbnormal).length;
  return { due: visits.length, normal: visits.length - skipped - abnormal, abnormal, skipped };
}

/** What both cover is the same, whoever signs and when. */
export const sameContent = (a: Statement, b: Statement): boolean =>
  JSON.stringify([a.lines, a.photos, a.lang, a.tz, a.centre]) === JSON.stringify([b.lines, b.photos, b.lang, b.tz, b.centre]);

/** The 12-character name of an op with this full hash (64 hex characters). */
export function nameOfHash(h: string): string {
  const bytes = h.slice(0, 18).match(/../g) ?? [];
  return btoa(String.fromCharCode(...bytes.map((byte) => parseInt(byte, 16))))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Visits that were skipped for one and the same reason, in order. */
export interface SkippedGroup {
  readonly outcome: string;
  readonly reason: string;
  readonly visits: readonly Visit[];
}

export function groupSkipped(visits: readonly Visit[]): SkippedGroup[] {
  const groups = new Map<string, { outcome: string; reason: string; visits: Visit[] }>();
  for (const visit of visits) {
    if (!visit.skipped) continue;
    const group = groups.get(visit.reason);
    if (group) group.visits.push(visit);
    else groups.set(visit.reason, { outcome: visit.outcome, reason: visit.reason, visits: [visit] });
  }
  return [...groups.values()];
}
