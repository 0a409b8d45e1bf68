/** Records, fields and values of conflicts and parked ops, as people read them. */
import { formatInstant, deviceZone, language, pick, t, type Message } from "../../app/i18n";
import { link } from "../../app/routes";
import { store, type Rec } from "../../engine/api";
import { m as ui } from "../../ui/messages";
import { KINDS, type KindName } from "../../model/generated";
import { codeOf, titleOf, userName } from "../names";
import { m } from "./messages";

const isKind = (kind: string): kind is KindName => kind in KINDS;
const word = (text: { zh: string; en: string }): string => (language() === "en" ? text.en : text.zh);

export const kindName = (kind: string | null | undefined): string => (kind && isKind(kind) ? word(KINDS[kind]) : (kind ?? ""));

export function fieldName(kind: string | null | undefined, path: string | null | undefined): string {
  const field = kind && path && isKind(kind) ? KINDS[kind].fields[path.split(".")[0] ?? ""] : undefined;
  return field ? word(field) : (path ?? "");
}

/** What people call a record of any kind; "" if it is not here. */
export function recordName(kind: string | null | undefined, id: string | null | undefined): string {
  if (!kind || !id || !isKind(kind)) return "";
  if (kind === "asset") {
    const asset = store.get("asset", id);
    return asset ? `${codeOf(asset)} ${titleOf(asset)}`.trim() : "";
  }
  if (kind === "inspection") {
    const inspection = store.get("inspection", id);
    return inspection ? recordName("asset", inspection.asset) : "";
  }
  const found = store.get(kind, id) as unknown as Record<string, unknown> | undefined;
  for (const field of ["name", "title", "number", "code", "token", "key"]) {
    const value = found?.[field];
    if (typeof value === "string" && value) return value;
    if (value && typeof value === "object") return pick(value as { zh?: string; en?: string });
  }
  return "";
}

/** Where the office shows a record. */
export function recordAddress(kind: string | null | undefined, id: string | null | undefined): string | null {
  if (!id) return null;
  switch (kind) {
    case "asset":
      return link("officeAsset", { id });
    case "site":
      return link("officeSite", { id });
    case "round":
      return link("officeRound", { id });
    case "checklist":
      return link("officeChecklist", { id });
    case "user":
      return link("officePerson", { id });
    case "company":
      return link("officeSettings");
    case "space": {
      const site = store.get("space", id)?.site;
      return site ? link("officeSite", { id: site }) : null;
    }
    case "inspection": {
      const round = store.get("inspection", id)?.round;
      return round ? link("officeRound", { id: round }) : null;
    }
    default:
      return null;
  }
}

/** A side's value (JSON text) in words: names for ids, the language's text for bilingual ones. */
export function valueText(kind: string | null | undefined, path: string | null | undefined, json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  const field = kind && path && isKind(kind) ? KINDS[kind].fields[path] : undefined;
  const say = (one: unknown): string => {
    if (one === null || one === undefined || one === "") return t(m.nothing);
    if (typeof one === "string") return (field?.ref && recordName(field.ref, one)) || one;
    if (typeof one === "number") return path?.endsWith("_at") ? formatInstant(one, deviceZone()) : String(one);
    if (Array.isArray(one)) return one.length === 0 ? t(m.nothing) : one.map(say).join(t(ui.joiner));
    if (typeof one === "object" && ("zh" in one || "en" in one)) return pick(one as { zh?: string; en?: string });
    return JSON.stringify(one);
  };
  return say(value);
}

/** "code:…:D010210-009" → what is claimed. */
export const claimText = (claim: string): string => claim.slice(claim.lastIndexOf(":") + 1);

export function reasonText(parked: Rec<"parked">): string {
  const words = m as Readonly<Record<string, Message>>;
  const message = words[`verdict_${parked.verdict}`] ?? words[`code_${parked.code}`];
  return message ? t(message) : (parked.code ?? parked.verdict ?? "");
}

export const personName = (id: string | null | undefined): string => userName(id) || t(m.somebody);
