import type { Messages } from "../../app/i18n";

export const m = {
  title: { zh: "查找", en: "Search" },
  field: { zh: "查找设备", en: "Find an asset" },
  hint: { zh: "编码、序列号、品牌型号、房间、使用人", en: "Code, serial, model, room, person" },
  clear: { zh: "清空", en: "Clear" },
  recent: { zh: "最近看过", en: "Seen lately" },
  found: { zh: "找到 {n} 台", en: { one: "{n} asset", other: "{n} assets" } },
  emptyTitle: { zh: "输入几个字就找", en: "Type a few letters" },
  emptyText: { zh: "本机有 {n} 台设备，断网也能找。", en: { one: "{n} asset is on this phone, found without a network too.", other: "{n} assets are on this phone, found without a network too." } },
  nothingTitle: { zh: "没有找到“{text}”", en: "Nothing found for “{text}”" },
  nothingText: { zh: "少写几个字试试；也可以扫设备上的标签。", en: "Try fewer letters, or scan the label on the asset." },
  noAssetsTitle: { zh: "本机还没有设备", en: "No assets on this phone yet" },
  noAssetsText: { zh: "第一次联网后会取回您的场所。", en: "Your sites are fetched at the first connection." },
  scan: { zh: "扫标签", en: "Scan a label" },
} satisfies Messages;
