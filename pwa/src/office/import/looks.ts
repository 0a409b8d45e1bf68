/** How verdicts and states of imports look. */
import Ban from "@lucide/svelte/icons/ban";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleQuestionMark from "@lucide/svelte/icons/circle-question-mark";
import OctagonAlert from "@lucide/svelte/icons/octagon-alert";
import Pencil from "@lucide/svelte/icons/pencil";
import Plus from "@lucide/svelte/icons/plus";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import SkipForward from "@lucide/svelte/icons/skip-forward";
import { t, type Message } from "../../app/i18n";
import { m as ui } from "../../ui/messages";
import type { StateLook } from "../parts/states";
import type { ImportEntry, Job, Outcome, Verdict } from "./api";
import { m } from "./messages";

export const VERDICT_LOOKS: Record<Verdict, StateLook> = {
  created: { icon: Plus, tone: "good", label: m.created },
  updated: { icon: Pencil, tone: "accent", label: m.updated },
  unchanged: { icon: CircleDashed, tone: "idle", label: m.unchanged },
  doubtful: { icon: CircleQuestionMark, tone: "attention", label: m.doubtful },
  skipped: { icon: SkipForward, tone: "idle", label: m.skipped },
};

const JOB_LOOKS: Record<Job["state"], StateLook> = {
  queued: { icon: CircleDashed, tone: "idle", label: m.stateQueued },
  running: { icon: RefreshCw, tone: "accent", label: m.stateRunning },
  done: { icon: CircleCheck, tone: "good", label: m.stateDone },
  stopped: { icon: Ban, tone: "attention", label: m.stateStopped },
  failed: { icon: OctagonAlert, tone: "bad", label: m.stateFailed },
  interrupted: { icon: OctagonAlert, tone: "attention", label: m.stateInterrupted },
};

export const stateOf = (entry: Pick<ImportEntry, "planned" | "job">): StateLook =>
  entry.job
    ? JOB_LOOKS[entry.job.state]
    : { icon: CircleDashed, tone: "idle", label: entry.planned ? m.statePlanned : m.stateNew };

const KINDS: Record<string, Message> = {
  customer: m.customers,
  site: m.sitesMade,
  space: m.spaces,
  category: m.categories,
  asset: m.assetsMade,
};

/** "1 customer, 2 sites, 5 spaces, 240 assets". Reactive. */
export const kindsText = (outcome: Outcome): string =>
  Object.entries(outcome.counts.kinds)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => (KINDS[kind] ? t(KINDS[kind], { n }) : `${kind} ${n}`))
    .join(t(ui.joiner));
