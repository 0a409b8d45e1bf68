/** How entries and files look: icon, word and colour of each state, icon of each kind. */
import CircleSlash from "@lucide/svelte/icons/circle-slash";
import ClipboardCheck from "@lucide/svelte/icons/clipboard-check";
import CloudCheck from "@lucide/svelte/icons/cloud-check";
import CloudUpload from "@lucide/svelte/icons/cloud-upload";
import FileText from "@lucide/svelte/icons/file-text";
import GitCompareArrows from "@lucide/svelte/icons/git-compare-arrows";
import Hourglass from "@lucide/svelte/icons/hourglass";
import Image from "@lucide/svelte/icons/image";
import ListChecks from "@lucide/svelte/icons/list-checks";
import OctagonAlert from "@lucide/svelte/icons/octagon-alert";
import Package from "@lucide/svelte/icons/package";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import Signature from "@lucide/svelte/icons/signature";
import type { KindName } from "../../model/generated";
import PhoneCheck from "../../ui/PhoneCheck.svelte";
import type { Icon, Tone } from "../../ui/tones";
import type { FileState, ItemState } from "./model";

interface Look {
  readonly icon: Icon;
  readonly tone: Tone;
}

const onPhone = PhoneCheck as unknown as Icon;

export const ITEM: Record<ItemState, Look> = {
  onPhone: { icon: onPhone, tone: "idle" },
  sending: { icon: CloudUpload, tone: "idle" },
  retrying: { icon: RefreshCw, tone: "attention" },
  refused: { icon: OctagonAlert, tone: "bad" },
  waiting: { icon: Hourglass, tone: "idle" },
  delivered: { icon: CloudCheck, tone: "good" },
  conflict: { icon: GitCompareArrows, tone: "attention" },
  disputed: { icon: GitCompareArrows, tone: "attention" },
  parked: { icon: OctagonAlert, tone: "bad" },
  quarantined: { icon: OctagonAlert, tone: "bad" },
  lost: { icon: OctagonAlert, tone: "bad" },
  dismissed: { icon: CircleSlash, tone: "idle" },
};

export const FILE: Record<FileState, Look> = {
  confirmed: { icon: CloudCheck, tone: "good" },
  refused: { icon: OctagonAlert, tone: "bad" },
  retrying: { icon: RefreshCw, tone: "attention" },
  partly: { icon: CloudUpload, tone: "idle" },
  waiting: { icon: onPhone, tone: "idle" },
};

const KIND_ICON: Partial<Record<KindName, Icon>> = {
  asset: Package,
  inspection: ClipboardCheck,
  photo: Image,
  round: ListChecks,
  signature: Signature,
};

export const iconOf = (kind: KindName): Icon => KIND_ICON[kind] ?? FileText;
