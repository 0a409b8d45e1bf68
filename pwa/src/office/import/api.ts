/** Registers coming in: the centre reads the file, guesses, checks and carries out. */
import { call0, get, post } from "../http";

export type Verdict = "created" | "updated" | "unchanged" | "skipped" | "doubtful";
export type Shown = Verdict | "all";
export const VERDICTS: readonly Verdict[] = ["created", "updated", "unchanged", "doubtful", "skipped"];

export interface Options {
  customer: string | null;
  customer_name: string | null;
  site: string | null;
  site_name: string | null;
  tz: string;
  lang: "zh" | "en";
  buildings: Record<string, string>;
  assign_codes: boolean;
  code_pattern: string;
  date_order: "ymd" | "dmy" | "mdy" | null;
  sheets: string[];
}

export interface ImportColumn {
  readonly index: number;
  readonly title: string;
  readonly field: string | null;
  readonly confidence: "sure" | "likely" | "none";
  readonly samples: readonly string[];
}

export interface Question {
  readonly building: string;
  readonly rows: number;
  readonly code: string;
}

export interface Preview {
  readonly id: string;
  readonly name: string;
  readonly format: string;
  readonly encoding: string | null;
  readonly delimiter: string | null;
  readonly sheets: readonly { name: string; rows: number; header: number; hidden: boolean; columns: readonly string[] }[];
  readonly chosen: readonly string[];
  readonly titles: readonly string[];
  readonly columns: readonly ImportColumn[];
  readonly rows: readonly { sheet: string; row: number; cells: readonly string[] }[];
  readonly total: number;
  readonly objects: Readonly<Record<string, number>>;
  readonly options: Options;
  readonly questions: readonly Question[];
}

interface Worded {
  readonly code: string;
  readonly weight: "skip" | "doubt" | "note";
  readonly zh: string;
  readonly en: string;
}

export interface VerdictRow {
  readonly sheet: string;
  readonly row: number;
  readonly kind: string;
  readonly verdict: Verdict;
  readonly record: string | null;
  readonly title: string;
  readonly code: string | null;
  readonly reasons: readonly (Worded & { field: string | null })[];
  readonly cells: readonly string[];
}

/** What an import would do, or did. */
export interface Outcome {
  readonly counts: Readonly<Record<Verdict | "rows", number>> & { readonly kinds: Readonly<Record<string, number>> };
  readonly reasons: readonly (Worded & { rows: number })[];
  readonly ignored: Readonly<Record<string, number>>;
  readonly rows: readonly VerdictRow[];
  readonly total: number;
}

export interface Plan extends Outcome {
  readonly id: string;
  readonly columns: readonly ImportColumn[];
  readonly questions: readonly Question[];
  readonly options: Options;
}

export interface Job {
  readonly id: string;
  readonly state: "queued" | "running" | "done" | "stopped" | "failed" | "interrupted";
  readonly done: number;
  readonly total: number | null;
  readonly problem: { code: string; zh: string; en: string } | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export interface ImportEntry {
  readonly id: string;
  readonly name: string;
  readonly format: string;
  readonly size_bytes: number;
  readonly user: string;
  readonly created_at: number;
  readonly planned: boolean;
  readonly job: Job | null;
}

export interface TargetField {
  readonly field: string;
  readonly zh: string;
  readonly en: string;
  readonly many: boolean;
}

/** Rows fetched at once. */
export const PAGE = 200;

const path = (id: string): string => `/api/imports/${encodeURIComponent(id)}`;
const choice = (shown: Shown, reason: string | null, offset: number): string =>
  new URLSearchParams({ shown, offset: String(offset), limit: String(PAGE), ...(reason && { reason }) }).toString();

export const listFields = (): Promise<readonly TargetField[]> => get("/api/imports/fields");
export const listImports = (): Promise<readonly ImportEntry[]> => get("/api/imports");
export function upload(file: File, encoding: string): Promise<Preview> {
  const form = new FormData();
  form.set("file", file);
  if (encoding) form.set("encoding", encoding);
  return post("/api/imports", form);
}
export const readImport = (id: string, sheets: readonly string[] = []): Promise<Preview> =>
  get(`${path(id)}?${new URLSearchParams(sheets.map((sheet) => ["sheet", sheet]))}`);
export const makePlan = (id: string, options: Options, mapping: readonly (string | null)[] | null): Promise<Plan> =>
  post(`${path(id)}/plan`, { options, mapping });
export const readPlan = (id: string, shown: Shown, reason: string | null, offset = 0): Promise<Plan> =>
  get(`${path(id)}/plan?${choice(shown, reason, offset)}`);
export const run = (id: string): Promise<Job> => call0(`${path(id)}/run`);
export const readReport = (id: string, shown: Shown, reason: string | null, offset = 0): Promise<Outcome> =>
  get(`${path(id)}/report?${choice(shown, reason, offset)}`);
export const workbookAddress = (id: string): string => `${path(id)}/report.xlsx`;
export const readJob = (id: string): Promise<Job> => get(`/api/jobs/${encodeURIComponent(id)}`);
export const stopJob = (id: string): Promise<Job> => call0(`/api/jobs/${encodeURIComponent(id)}/stop`);
export const hasEnded = (job: Job): boolean => job.state !== "queued" && job.state !== "running";
