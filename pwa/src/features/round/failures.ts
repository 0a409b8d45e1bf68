/** Why an act was not saved, in words. */
import { NotSaved, type NotSavedCode } from "../../engine/api";
import { t, type Message } from "../../app/i18n";

const WHY: Record<NotSavedCode, Message> = {
  quota: { zh: "手机空间已满", en: "the phone is full" },
  invalid: { zh: "有一项内容不合要求", en: "a value is not what its field takes" },
  too_large: { zh: "内容太长", en: "the text is too long" },
  not_enrolled: { zh: "这台手机还没有登记", en: "this phone is not enrolled" },
  failed: { zh: "浏览器没有写入", en: "the browser refused to write" },
};

/** Reactive text for the person; what is no NotSaved goes to the console too. */
export function whyNotSaved(error: unknown): string {
  if (error instanceof NotSaved) return t(WHY[error.code]);
  console.error(error);
  return t(WHY.failed);
}
