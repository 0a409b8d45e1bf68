/**
 * Both languages of every text stand together, in the `messages.ts` of their feature:
 *
 *     export const m = { title: { zh: "今日", en: "Today" } } satisfies Messages;
 *     t(m.title)
 *
 * `t` is reactive: used in a component's markup, `$derived` or `$effect`, it follows the chosen language.
 */
import { fromStore, writable } from "svelte/store";

export type Language = "zh-CN" | "en";

/** A text in both languages; `{name}` marks a parameter. English counts may have two forms, chosen by the parameter `n`. */
export interface Message {
  readonly zh: string;
  readonly en: string | { readonly one: string; readonly other: string };
}

export type Messages = Readonly<Record<string, Message>>;

/** A text that people typed in one or both languages, as records keep it. */
export interface Bilingual {
  readonly zh?: string | null;
  readonly en?: string | null;
}

export type Params = Readonly<Record<string, string | number>>;

const STORED = "sitebook.language";

/** The first of the browser's languages that we speak; Chinese if it speaks neither. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "zh-CN";
}

function firstLanguage(): Language {
  const stored = readStored();
  return stored ?? languageOf(globalThis.navigator?.languages ?? []);
}

function readStored(): Language | null {
  try {
    const stored = globalThis.localStorage?.getItem(STORED);
    return stored === "zh-CN" || stored === "en" ? stored : null;
  } catch {
    return null; // storage may be forbidden; the browser's language is good enough then
  }
}

const chosen = fromStore(writable<Language>(firstLanguage()));
applyToDocument(chosen.current);

function applyToDocument(language: Language): void {
  if (globalThis.document) document.documentElement.lang = language;
}

/** The language of every text now. Reactive. */
export function language(): Language {
  return chosen.current;
}

/** Changes the language of every text and remembers it on this device. */
export function chooseLanguage(next: Language): void {
  chosen.current = next;
  applyToDocument(next);
  try {
    globalThis.localStorage?.setItem(STORED, next);
  } catch {
    // the choice lasts until the page is closed
  }
}

const englishPlural = new Intl.PluralRules("en");

/** The message in a language. Unknown parameters stay visible as `{name}`, so that they are noticed. */
export function translate(message: Message, language: Language, params: Params = {}): string {
  let text: string;
  if (language === "zh-CN") text = message.zh;
  else if (typeof message.en === "string") text = message.en;
  else text = englishPlural.select(Number(params["n"] ?? 0)) === "one" ? message.en.one : message.en.other;
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => {
    const value = params[name];
    if (value === undefined) return mark;
    return typeof value === "number" ? formatNumberIn(language, value) : value;
  });
}

/** The message in the chosen language. Reactive. Numbers are grouped; pass a string where that is wrong (a year, a code). */
export function t(message: Message, params?: Params): string {
  return translate(message, chosen.current, params);
}

/** A typed text in the chosen language, or in the other if it has only that. Reactive. */
export function pick(text: Bilingual | null | undefined): string {
  if (!text) return "";
  const [first, second] = chosen.current === "zh-CN" ? [text.zh, text.en] : [text.en, text.zh];
  return first || second || "";
}

const locale = (language: Language): string => (language === "zh-CN" ? "zh-CN" : "en-GB");

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let format = dateFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(language), { ...options, timeZone: zone });
    dateFormats.set(key, format);
  }
  return format;
}

export type DateStyle = "day" | "date" | "time" | "datetime" | "month";

const DATE_OPTIONS: Record<Exclude<DateStyle, "day" | "datetime" | "date">, Intl.DateTimeFormatOptions> = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  month: { year: "numeric", month: "long" },
};

/**
 * An instant as people at the site read it.
 *
 * @param at ms since 1970 UTC
 * @param zone the site's IANA time zone, e.g. "Asia/Shanghai"
 * @param style day: `11月19日 周四`, date: `2026-11-19`, time: `14:26`, datetime: `2026-11-19 14:26`, month: `2026年11月`
 */
export function formatInstant(at: number, zone: string, style: DateStyle = "datetime"): string {
  const language = chosen.current;
  const date = new Date(at);
  if (style === "day") {
    const day = dateFormat(language, zone, { day: "numeric", month: language === "zh-CN" ? "long" : "short" });
    const weekday = dateFormat(language, zone, { weekday: "short" });
    return language === "zh-CN"
      ? `${day.format(date)} ${weekday.format(date)}`
      : `${weekday.format(date)} ${day.format(date)}`;
  }
  if (style === "date") return civilDate(at, zone);
  if (style === "datetime") return `${civilDate(at, zone)} ${formatInstant(at, zone, "time")}`;
  return dateFormat(language, zone, DATE_OPTIONS[style]).format(date);
}

/** The civil date `YYYY-MM-DD` on which the instant falls at the site. */
export function civilDate(at: number, zone: string): string {
  const parts = new Map(
    dateFormat("en", zone, { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(new Date(at))
      .map((part) => [part.type, part.value]),
  );
  return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`;
}

/** A civil date (no zone) in a style; `2026-11-19` stays as it is in style "date". */
export function formatCivil(date: string, style: Exclude<DateStyle, "time" | "datetime"> = "date"): string {
  return style === "date" ? date : formatInstant(Date.parse(`${date}T00:00:00Z`), "UTC", style);
}

const numberFormats = new Map<string, Intl.NumberFormat>();

function formatNumberIn(language: Language, value: number | string, digits?: number): string {
  const key = `${language} ${digits ?? ""}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(
      locale(language),
      digits === undefined ? { maximumFractionDigits: 20 } : { minimumFractionDigits: digits, maximumFractionDigits: digits },
    );
    numberFormats.set(key, format);
  }
  return format.format(typeof value === "string" ? (value as Intl.StringNumericLiteral) : value);
}

/** A number, or a decimal kept as text (exact beyond 15 digits too), grouped by thousands. */
export function formatNumber(value: number | string, digits?: number): string {
  return formatNumberIn(chosen.current, value, digits);
}

/** `812 B`, `340 KB`, `3.4 MB`, `10.7 GB`: powers of 1,000, as phones count. */
export function formatBytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 999_500) return `${formatNumber(Math.round(size / 1000))} KB`;
  if (size < 999_950_000) return `${formatNumber(size / 1e6, 1)} MB`;
  return `${formatNumber(size / 1e9, 1)} GB`;
}

/** The device's own time zone, for texts that belong to no site. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
