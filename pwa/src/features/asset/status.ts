/** The states of an asset: icon, word and colour, the same on every screen. */
import Archive from "@lucide/svelte/icons/archive";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleSlash from "@lucide/svelte/icons/circle-slash";
import ClipboardList from "@lucide/svelte/icons/clipboard-list";
import Handshake from "@lucide/svelte/icons/handshake";
import Trash2 from "@lucide/svelte/icons/trash-2";
import Wrench from "@lucide/svelte/icons/wrench";
import type { Message } from "../../app/i18n";
import type { Asset } from "../../model/generated";
import type { Icon, Tone } from "../../ui/tones";

export type Status = NonNullable<Asset["status"]>;

export const STATUSES: Record<Status, { icon: Icon; tone: Tone; label: Message }> = {
  registered: { icon: ClipboardList, tone: "idle", label: { zh: "已登记", en: "registered" } },
  in_stock: { icon: Archive, tone: "idle", label: { zh: "在库", en: "in stock" } },
  in_service: { icon: CircleCheck, tone: "good", label: { zh: "在用", en: "in service" } },
  under_repair: { icon: Wrench, tone: "attention", label: { zh: "维修中", en: "under repair" } },
  lent: { icon: Handshake, tone: "idle", label: { zh: "借出", en: "lent" } },
  retired: { icon: CircleSlash, tone: "idle", label: { zh: "停用", en: "retired" } },
  scrapped: { icon: Trash2, tone: "idle", label: { zh: "报废", en: "scrapped" } },
};
