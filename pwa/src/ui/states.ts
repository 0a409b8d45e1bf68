/** States that several screens show: always icon + word + colour, the same everywhere. */
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleSlash from "@lucide/svelte/icons/circle-slash";
import CloudCheck from "@lucide/svelte/icons/cloud-check";
import OctagonAlert from "@lucide/svelte/icons/octagon-alert";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import SkipForward from "@lucide/svelte/icons/skip-forward";
import type { Message } from "../app/i18n";
import { m } from "./messages";
import PhoneCheck from "./PhoneCheck.svelte";
import type { Icon, Tone } from "./tones";

export interface State {
  readonly icon: Icon;
  readonly tone: Tone;
  readonly label: Message;
}

export const STATES = {
  normal: { icon: CircleCheck, tone: "good", label: m.normal },
  abnormal: { icon: OctagonAlert, tone: "bad", label: m.abnormal },
  skipped: { icon: SkipForward, tone: "idle", label: m.skipped },
  unscanned: { icon: CircleDashed, tone: "idle", label: m.unscanned },
  notApplicable: { icon: CircleSlash, tone: "idle", label: m.notApplicable },
  done: { icon: CircleCheck, tone: "good", label: m.done },
  inService: { icon: CircleCheck, tone: "good", label: m.inService },
  /** in the browser's store, not yet at the centre */
  onPhone: { icon: PhoneCheck, tone: "idle", label: m.onPhone },
  retrying: { icon: RefreshCw, tone: "attention", label: m.retrying },
  /** the centre confirmed it */
  delivered: { icon: CloudCheck, tone: "good", label: m.deliveredOne },
} as const satisfies Record<string, State>;

export type StateName = keyof typeof STATES;
