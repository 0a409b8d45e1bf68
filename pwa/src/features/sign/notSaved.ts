/** Why an act was not saved, in words. */
import { t, translate, type Language } from "../../app/i18n";
import { NotSaved } from "../../engine/api";
import { m } from "./messages";

export function whyNotSaved(error: unknown, language?: Language): string {
  const say = (code: "quota" | "invalid" | "too_large" | "not_enrolled" | "failed", detail = ""): string =>
    language ? translate(m[`why_${code}`], language, { detail }) : t(m[`why_${code}`], { detail });
  if (error instanceof NotSaved) return say(error.code, error.field ?? error.message);
  return error instanceof Error ? error.message : say("failed");
}
