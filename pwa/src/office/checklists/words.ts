/** Words for kinds of items, photo rules and faults. */
import type { Message } from "../../app/i18n";
import type { Fault, ItemType } from "./model";
import { m } from "./messages";

export const TYPE_NAMES: Record<ItemType, Message> = { check: m.check, choice: m.choice, number: m.number, text: m.text, instruction: m.instruction };
export const PHOTO_NAMES: Record<"never" | "abnormal" | "always", Message> = { never: m.photoNever, abnormal: m.photoAbnormal, always: m.photoAlways };
export const FAULTS: Record<Fault, Message> = {
  title: m.faultTitle,
  choices: m.faultChoices,
  choiceTitle: m.faultChoiceTitle,
  number: m.faultNumber,
  order: m.faultOrder,
  step: m.faultStep,
  noItems: m.faultNoItems,
  onlyInstructions: m.faultOnlyInstructions,
};
