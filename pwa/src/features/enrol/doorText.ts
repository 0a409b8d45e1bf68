/** What to tell a person when a way in did not open. */
import { t, type Message } from "../../app/i18n";
import { DoorError } from "../../engine/api";
import { m } from "./messages";

const known = m as Readonly<Record<string, Message | undefined>>;

/** Our own words for the codes that people meet, else those of the centre. Reactive to the language. */
export function doorText(error: unknown): string {
  if (!(error instanceof DoorError)) return t(m.otherProblem, { what: error instanceof Error ? error.message : String(error) });
  const tries = error.members["tries_left"];
  if (error.code === "pin_wrong") return typeof tries === "number" ? t(m.pin_wrong, { tries }) : t(m.pin_wrong_here);
  const text = known[error.code];
  if (text) return t(text);
  return error.detail || t(m.otherProblem, { what: error.code });
}

export const codeOf = (error: unknown): string => (error instanceof DoorError ? error.code : "");
