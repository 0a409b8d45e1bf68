/** States of records as the office's tables show them: icon, word, colour. */
import Ban from "@lucide/svelte/icons/ban";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import FileCheck2 from "@lucide/svelte/icons/file-check-2";
import OctagonAlert from "@lucide/svelte/icons/octagon-alert";
import Play from "@lucide/svelte/icons/play";
import Signature from "@lucide/svelte/icons/signature";
import type { Message } from "../../app/i18n";
import type { Icon, Tone } from "../../ui/tones";

export interface StateLook {
  readonly icon: Icon;
  readonly tone: Tone;
  readonly label: Message;
}

export const ROUND_STATES: Record<string, StateLook> = {
  planned: { icon: CircleDashed, tone: "idle", label: { zh: "待开始", en: "planned" } },
  active: { icon: Play, tone: "accent", label: { zh: "进行中", en: "in progress" } },
  finished: { icon: FileCheck2, tone: "attention", label: { zh: "待签字", en: "to be signed" } },
  signed: { icon: Signature, tone: "good", label: { zh: "已签字", en: "signed" } },
  cancelled: { icon: Ban, tone: "idle", label: { zh: "已取消", en: "cancelled" } },
};

export const PERSON_STATES: Record<string, StateLook> = {
  invited: { icon: CircleDashed, tone: "attention", label: { zh: "已邀请", en: "invited" } },
  active: { icon: CircleCheck, tone: "good", label: { zh: "在用", en: "active" } },
  revoked: { icon: Ban, tone: "bad", label: { zh: "已停用", en: "revoked" } },
};

export const CHECKLIST_STATES: Record<string, StateLook> = {
  draft: { icon: CircleDashed, tone: "attention", label: { zh: "草稿", en: "draft" } },
  published: { icon: CircleCheck, tone: "good", label: { zh: "已发布", en: "published" } },
  retired: { icon: Ban, tone: "idle", label: { zh: "已停用", en: "retired" } },
};

export const ASSET_STATES: Record<string, StateLook> = {
  registered: { icon: CircleDashed, tone: "idle", label: { zh: "已登记", en: "registered" } },
  in_stock: { icon: CircleDashed, tone: "idle", label: { zh: "在库", en: "in stock" } },
  in_service: { icon: CircleCheck, tone: "good", label: { zh: "在用", en: "in service" } },
  under_repair: { icon: OctagonAlert, tone: "attention", label: { zh: "维修中", en: "under repair" } },
  lent: { icon: CircleDashed, tone: "attention", label: { zh: "借出", en: "lent" } },
  retired: { icon: Ban, tone: "idle", label: { zh: "停用", en: "retired" } },
  scrapped: { icon: Ban, tone: "idle", label: { zh: "报废", en: "scrapped" } },
};
