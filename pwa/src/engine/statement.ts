/**
 * The statement: the canonical bytes that a customer's signature covers (docs/protocol.md section 8; frozen). What the
 * customer reads on the screen is rendered from it and from nothing else; the centre rebuilds it from the ops it names.
 */
import type { Bilingual, ChecklistItem, ItemResult, Lang } from "../model/generated";
import { canonical, sha256hex, utf8, type Json } from "./bytes";
import type { Store } from "./store";
import type { Rec } from "./types";

export interface StatementLine {
  ref: string;
  f: string;
  label: string;
  value: string;
  unit: string;
}

export interface StatementSigner {
  name: string;
  outcome: "signed" | "absent" | "refused";
  role: string;
}

export interface Statement {
  v: 1;
  kind: "round";
  lang: Lang;
  tz: string;
  centre: string;
  lines: StatementLine[];
  photos: { ref: string; sha256: string }[];
  signer: StatementSigner;
  at: number;
}

/** One inspection with all that is shown of it. */
export interface Inspected {
  inspection: Rec<"inspection">;
  /** Full hash of the op that holds outcome and results. */
  h: string;
  asset: Rec<"asset">;
  space?: Rec<"space"> | undefined;
  checklist?: Rec<"checklist"> | undefined;
  /** An earlier inspection of the asset, if its answers were shown: full hash, or the op's name where only that is known. */
  last?: { inspection: Rec<"inspection">; h: string } | undefined;
  /** In the order in which the results name them. */
  photos: readonly { photo: Rec<"photo">; h: string }[];
}

export interface StatementInput {
  lang: Lang;
  /** Time zone of the site. */
  tz: string;
  centre: string;
  customer: Rec<"customer">;
  site: Rec<"site">;
  round: Rec<"round">;
  engineer: Rec<"user">;
  inspections: readonly Inspected[];
  signer: StatementSigner;
  at: number;
}

/** Something that the statement would have to name is not on this phone; `what` is a kind or field. */
export class StatementIncomplete extends Error {
  constructor(
    readonly what: string,
    readonly record: string,
  ) {
    super(`the statement needs ${what} of ${record}, which is not on this phone`);
  }
}

/** The word list of version 1; frozen. */
const WORDS = {
  "customer.name": { zh: "客户", en: "Customer" },
  "site.name": { zh: "场所", en: "Site" },
  "round.title": { zh: "巡检", en: "Round" },
  "user.name": { zh: "工程师", en: "Engineer" },
  "asset.code": { zh: "编码", en: "Code" },
  "asset.name": { zh: "名称", en: "Name" },
  "asset.manufacturer": { zh: "品牌", en: "Manufacturer" },
  "asset.model": { zh: "型号", en: "Model" },
  "asset.serial": { zh: "序列号", en: "Serial number" },
  "space.name": { zh: "位置", en: "Location" },
  "inspection.outcome": { zh: "结果", en: "Outcome" },
  "inspection.reason": { zh: "未检原因", en: "Reason" },
  "checklist.title": { zh: "检查表", en: "Checklist" },
  "checklist.items": { zh: "检查项数", en: "Items" },
  range: { zh: "范围", en: "Range" },
  last: { zh: "上次", en: "Last" },
  state: { zh: "判定", en: "State" },
  severity: { zh: "程度", en: "Severity" },
  note: { zh: "说明", en: "Note" },
  solved: { zh: "处理", en: "Solved" },
  done: { zh: "已检", en: "Inspected" },
  skipped: { zh: "未检", en: "Not inspected" },
  pass: { zh: "正常", en: "Normal" },
  fail: { zh: "异常", en: "Abnormal" },
  na: { zh: "不适用", en: "Not applicable" },
  abnormal: { zh: "异常", en: "Abnormal" },
  minor: { zh: "轻微", en: "Minor" },
  medium: { zh: "一般", en: "Medium" },
  serious: { zh: "严重", en: "Serious" },
} as const;

const ASSET_FIELDS = ["code", "name", "manufacturer", "model", "serial"] as const;

/** The statement and its bytes; `sha256` names the blob. Throws StatementIncomplete. */
export function buildStatement(input: StatementInput): { statement: Statement; bytes: Uint8Array<ArrayBuffer>; sha256: string } {
  const { lang } = input;
  const lines: StatementLine[] = [
    registryLine(input.customer, "name", "customer.name", lang),
    registryLine(input.site, "name", "site.name", lang),
    registryLine(input.round, "title", "round.title", lang),
    registryLine(input.engineer, "name", "user.name", lang),
  ];
  const photos: Statement["photos"] = [];
  for (const inspected of input.inspections) {
    lines.push(...inspectionLines(inspected, lang));
    for (const { photo, h } of inspected.photos) photos.push({ ref: h, sha256: photo.blob ?? "" });
  }
  const { name, outcome, role } = input.signer;
  const statement: Statement = {
    v: 1,
    kind: "round",
    lang,
    tz: input.tz,
    centre: input.centre,
    lines,
    photos,
    signer: { name, outcome, role },
    at: input.at,
  };
  const bytes = utf8(canonical(statement as unknown as Json));
  return { statement, bytes, sha256: sha256hex(bytes) };
}

/** A statement's bytes, read again (a round that was signed earlier). */
export const readStatement = (bytes: Uint8Array): Statement => JSON.parse(new TextDecoder().decode(bytes)) as Statement;

interface Written {
  readonly id: string;
  $writers(field: string): string | null;
}

function registryLine(rec: Written, field: string, word: keyof typeof WORDS, lang: Lang): StatementLine {
  const value = (rec as unknown as Record<string, unknown>)[field];
  const ref = rec.$writers(field);
  if (typeof value !== "string" || ref === null) throw new StatementIncomplete(word, rec.id);
  return { ref, f: field, label: WORDS[word][lang], value, unit: "" };
}

function* inspectionLines(inspected: Inspected, lang: Lang): Generator<StatementLine> {
  const { inspection, h, asset, space, checklist } = inspected;
  for (const field of ASSET_FIELDS) if (asset[field]) yield registryLine(asset, field, `asset.${field}`, lang);
  if (space?.name) yield registryLine(space, "name", "space.name", lang);
  const outcome = inspection.outcome;
  if (!outcome) throw new StatementIncomplete("inspection.outcome", inspection.id);
  yield { ref: h, f: "outcome", label: WORDS["inspection.outcome"][lang], value: WORDS[outcome][lang], unit: "" };
  if (outcome === "skipped") {
    yield { ref: h, f: "reason", label: WORDS["inspection.reason"][lang], value: inspection.reason ?? "", unit: "" };
    return;
  }
  const title = checklist?.$writers("title");
  const items = checklist?.$writers("items");
  if (!checklist || !title || !items) throw new StatementIncomplete("checklist", inspection.id);
  const byId = new Map((checklist.items ?? []).map((item) => [item.id, item]));
  yield { ref: title, f: "title", label: WORDS["checklist.title"][lang], value: bilingual(checklist.title, lang), unit: "" };
  yield { ref: items, f: "items", label: WORDS["checklist.items"][lang], value: String(checklist.items?.length ?? 0), unit: "" };
  const last = new Map((inspected.last?.inspection.results ?? []).map((result) => [result.item, result]));
  for (const result of inspection.results ?? []) {
    const item = byId.get(result.item);
    if (!item) throw new StatementIncomplete(`checklist item ${result.item}`, inspection.id);
    const earlier = last.get(result.item);
    yield* resultLines({ h, items, item, result, lang }, earlier && inspected.last ? { result: earlier, h: inspected.last.h } : undefined);
  }
}

function* resultLines(
  { h, items, item, result, lang }: { h: string; items: string; item: ChecklistItem; result: ItemResult; lang: Lang },
  last: { result: ItemResult; h: string } | undefined,
): Generator<StatementLine> {
  const unit = item.unit ?? "";
  const path = `results.${item.id}`;
  const line = (f: string, word: keyof typeof WORDS, value: string): StatementLine => ({ ref: h, f, label: WORDS[word][lang], value, unit: "" });
  yield { ref: h, f: path, label: bilingual(item.title, lang), value: answerText(result, item, lang), unit };
  const range = rangeText(item);
  if (range) yield { ref: items, f: `items.${item.id}.range`, label: WORDS.range[lang], value: range, unit };
  if (last) yield { ref: last.h, f: path, label: WORDS.last[lang], value: answerText(last.result, item, lang), unit };
  const abnormal = result.state === "abnormal";
  if (abnormal) {
    yield line(`${path}.state`, "state", WORDS.abnormal[lang]);
    if (result.severity) yield line(`${path}.severity`, "severity", WORDS[result.severity][lang]);
  }
  if (result.note) yield line(`${path}.note`, "note", result.note);
  if (abnormal && result.solved) yield line(`${path}.solved`, "solved", result.solved);
}

/** The text in `lang`, or in the other language where it is empty. */
export function bilingual(text: Bilingual | null | undefined, lang: Lang): string {
  return text?.[lang] || text?.[lang === "zh" ? "en" : "zh"] || "";
}

/** An answer as the customer reads it: a word for check and not applicable, a choice's title, else verbatim. */
export function answerText(result: ItemResult, item: ChecklistItem, lang: Lang): string {
  if (result.answer === "na" && result.state === "na") return WORDS.na[lang];
  if (item.type === "check" && (result.answer === "pass" || result.answer === "fail")) return WORDS[result.answer][lang];
  if (item.type === "choice") {
    const choice = item.choices?.find((one) => one.value === result.answer);
    if (choice) return bilingual(choice.title, lang);
  }
  return result.answer;
}

/** `10–70`, `≥ 10`, `≤ 70`, or empty. */
export function rangeText(item: Pick<ChecklistItem, "min" | "max">): string {
  const low = item.min ?? null;
  const high = item.max ?? null;
  if (low !== null && high !== null) return `${low}–${high}`;
  if (low !== null) return `≥ ${low}`;
  return high === null ? "" : `≤ ${high}`;
}

// --- gathering it from the store ---------------------------------------------------------------------------------------

/** The latest finished inspection of an asset outside a round: what "last" means on screens and in statements. */
export function lastInspection(store: Store | Pick<Store, "by">, asset: string, exceptRound?: string): Rec<"inspection"> | undefined {
  let found: Rec<"inspection"> | undefined;
  for (const rec of store.by("inspection", "asset", asset)) {
    if (rec.outcome !== "done" || rec.round === exceptRound) continue;
    if (!found || (rec.finished_at ?? 0) > (found.finished_at ?? 0)) found = rec;
  }
  return found;
}

/** Name of the op that holds an inspection's outcome together with its results (or its reason). */
export function inspectionOp(rec: Rec<"inspection">): string | null {
  // An op that repeats an equal outcome does not become its writer, but it holds both; results change with every correction.
  const telling = rec.outcome === "done" ? rec.$writers("results") : rec.$writers("reason");
  return telling ?? rec.$writers("outcome");
}

export interface StatementRequest {
  round: string;
  /** The person who did the round. */
  engineer: string;
  lang: Lang;
  centre: string;
  signer: StatementSigner;
  at: number;
  /** Zone where the site names none. */
  tz?: string;
}

/** All that a round's statement shows, from the store. `fullHash`: an op's full hash by its name, if known here. */
export async function gatherStatement(
  store: Store,
  fullHash: (name: string) => Promise<string | undefined>,
  request: StatementRequest,
): Promise<StatementInput> {
  const need = <T>(found: T | undefined, what: string, record: string | null | undefined): T => {
    if (found === undefined) throw new StatementIncomplete(what, record ?? "?");
    return found;
  };
  const round = need(store.get("round", request.round), "round", request.round);
  const site = need(store.get("site", round.site), "site", round.site);
  const inspections: Inspected[] = [];
  const made = store.by("inspection", "round", round.id);
  for (const id of round.assets ?? []) {
    for (const inspection of made.filter((rec) => rec.asset === id).sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const asset = need(store.get("asset", id), "asset", id);
      const name = inspectionOp(inspection) ?? "";
      const last = lastInspection(store, id, round.id);
      const lastOp = last && inspectionOp(last);
      const photos: { photo: Rec<"photo">; h: string }[] = [];
      for (const photoId of (inspection.results ?? []).flatMap((result) => result.photos ?? [])) {
        const photo = need(store.get("photo", photoId), "photo", photoId);
        const op = photo.$writers("blob") ?? "";
        photos.push({ photo, h: (await fullHash(op)) ?? op });
      }
      inspections.push({
        inspection,
        h: need(await fullHash(name), "the inspection's op", inspection.id),
        asset,
        space: store.get("space", asset.space),
        checklist: store.get("checklist", inspection.checklist),
        last: last && lastOp ? { inspection: last, h: (await fullHash(lastOp)) ?? lastOp } : undefined,
        photos,
      });
    }
  }
  return {
    lang: request.lang,
    tz: site.tz ?? request.tz ?? "Asia/Shanghai",
    centre: request.centre,
    customer: need(store.get("customer", site.customer), "customer", site.customer),
    site,
    round,
    engineer: need(store.get("user", request.engineer), "user", request.engineer),
    inspections,
    signer: request.signer,
    at: request.at,
  };
}
