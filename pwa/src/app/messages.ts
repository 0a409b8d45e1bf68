import type { Messages } from "./i18n";

export const m = {
  notFoundTitle: { zh: "没有这个页面", en: "There is no such page" },
  notFoundText: { zh: "地址可能写错了，或这一页已移走。", en: "The address may be mistyped, or the page has moved." },
  toToday: { zh: "回到今日", en: "Go to Today" },
  loadFailedTitle: { zh: "这一页没有载入", en: "This page did not load" },
  loadFailedText: {
    zh: "它还没有存到本机，需要联网打开一次。",
    en: "It is not stored on this device yet and needs the network once.",
  },
  brokenTitle: { zh: "这一页出错了", en: "This page failed" },
  brokenText: { zh: "请重新打开。若再次出现，请告诉办公室：{what}", en: "Open it again. If it fails again, tell the office: {what}" },
  updateReady: { zh: "新版本已备好", en: "A new version is ready" },
  updateSafe: { zh: "填到一半的内容会保留。", en: "What you have half filled in is kept." },
  updateNow: { zh: "现在更新", en: "Update now" },
  startFailedTitle: { zh: "打不开本机的存储", en: "This phone's storage did not open" },
  startFailedText: {
    zh: "请关闭其他页面后重试；若在无痕模式，请改用普通模式。不要清除浏览器数据，以免丢失未送达的内容。（{what}）",
    en: "Close other tabs of this app and try again; leave private browsing if you are in it. Do not clear the browser's data: undelivered work would be lost. ({what})",
  },
  later: { zh: "稍后", en: "Later" },
} satisfies Messages;
