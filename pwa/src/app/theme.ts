/** Light, dark or sun (black on white for bright daylight); "system" follows the device between light and dark. */
import { fromStore, writable } from "svelte/store";

export type ThemeChoice = "system" | "light" | "dark" | "sun";
export type Theme = Exclude<ThemeChoice, "system">;

const STORED = "sitebook.theme";
const BAR: Record<Theme, string> = { light: "#f2f4f5", dark: "#0d1013", sun: "#ffffff" };

const isChoice = (value: unknown): value is ThemeChoice =>
  value === "system" || value === "light" || value === "dark" || value === "sun";

function readStored(): ThemeChoice {
  try {
    const stored = globalThis.localStorage?.getItem(STORED);
    return isChoice(stored) ? stored : "system";
  } catch {
    return "system";
  }
}

const choice = fromStore(writable<ThemeChoice>(readStored()));
const systemDark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

/** What the person chose. Reactive. */
export const themeChoice = (): ThemeChoice => choice.current;

/** What is on the screen for a choice, given the device's preference. */
export const resolveTheme = (chosen: ThemeChoice, dark: boolean): Theme =>
  chosen === "system" ? (dark ? "dark" : "light") : chosen;

/** Changes the theme and remembers it on this device. */
export function chooseTheme(next: ThemeChoice): void {
  choice.current = next;
  try {
    globalThis.localStorage?.setItem(STORED, next);
  } catch {
    // the choice lasts until the page is closed
  }
  apply();
}

let beforeSun: ThemeChoice = "system";

/** The one-tap switch on work screens: sun, and back to what was before. */
export function toggleSun(): void {
  if (choice.current === "sun") {
    chooseTheme(beforeSun);
  } else {
    beforeSun = choice.current;
    chooseTheme("sun");
  }
}

function apply(): void {
  const theme = resolveTheme(choice.current, systemDark?.matches ?? false);
  document.documentElement.dataset["theme"] = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", BAR[theme]);
}

/** Puts the theme on the document and follows the device from then on. Called once, before the first screen. */
export function startTheme(): void {
  apply();
  systemDark?.addEventListener("change", apply);
}
