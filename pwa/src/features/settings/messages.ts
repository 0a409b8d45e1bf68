import type { Messages } from "../../app/i18n";

export const m = {
  title: { zh: "设置", en: "Settings" },
  nobody: { zh: "没有登录", en: "Not signed in" },
  nobodyText: { zh: "登录之后才能看到场所和巡检。", en: "Sites and rounds are shown once you have signed in." },
  lockedText: { zh: "解锁后才能看到场所和巡检。填写的内容都在。", en: "Sites and rounds are shown once it is unlocked. What was filled in is kept." },
  unlock: { zh: "去解锁", en: "Unlock" },
  signIn: { zh: "去登录", en: "Sign in" },
  lock: { zh: "锁定屏幕，或换人", en: "Lock, or switch person" },
  lockOnline: { zh: "您在这台手机上没有用过 PIN：锁定后要连上网络才能解锁。", en: "You have used no PIN on this phone: once locked it opens only with a network." },
  lockSafe: { zh: "填写的内容都会留着，换谁登录都不会丢。", en: "What you have filled in is kept, whoever signs in next." },
  failed: { zh: "没有成功：{what}", en: "It did not work: {what}" },

  look: { zh: "显示", en: "Display" },
  language: { zh: "语言", en: "Language" },
  theme: { zh: "外观", en: "Appearance" },
  system: { zh: "跟随系统", en: "As the device" },
  light: { zh: "浅色", en: "Light" },
  dark: { zh: "深色", en: "Dark" },
  sun: { zh: "强光", en: "Sun" },
  sunText: { zh: "强光：黑字白底、粗线条，户外看得清。", en: "Sun: black on white with thick lines, for bright daylight." },

  more: { zh: "更多", en: "More" },
  device: { zh: "这台设备", en: "This device" },
  deviceText: { zh: "存储、登录方式、在用的会话、退出", en: "Storage, ways in, sessions, sign out" },
  outbox: { zh: "待送达", en: "Outbox" },
  outboxNone: { zh: "全部已送达", en: "Everything is delivered" },
  outboxSome: { zh: "{n} 项待送达", en: { one: "{n} entry waits", other: "{n} entries wait" } },
  outboxAttention: { zh: "{n} 项需要您看", en: { one: "{n} entry needs you", other: "{n} entries need you" } },
  office: { zh: "办公室", en: "Office" },
  officeText: { zh: "台账、巡检安排、文档，适合大屏幕", en: "Registers, planning, documents; best on a large screen" },

  version: { zh: "版本", en: "Version" },
  versionIs: { zh: "Sitebook {version}", en: "Sitebook {version}" },
  upToDate: { zh: "有新版本时会在这里提示。", en: "A new version is announced here." },
  updateReady: { zh: "新版本已备好", en: "A new version is ready" },
  updateText: { zh: "更新只需几秒，填到一半的内容会保留。", en: "It takes seconds; what you have half filled in is kept." },
  updateNow: { zh: "现在更新", en: "Update now" },
  outdated: { zh: "这个版本较旧，请连上网络后更新。", en: "This version is out of date. Go online and update." },

  privacy: { zh: "隐私", en: "Privacy" },
  privacyHere: {
    zh: "您负责的场所资料和您做的每一步都存在这台设备上，断网也能用。它们只送往您公司的服务器，不送给其他任何人。",
    en: "The sites you work on and every step you take are stored on this device, so they work without a network. They go to your company's server and to nobody else.",
  },
  privacyNames: {
    zh: "每一步都记下您的名字、时间和这台设备，作为服务凭证。巡检时还记下是扫码、输码还是从列表打开。",
    en: "Each step carries your name, the time and this device as evidence of the service. An inspection also says whether the label was scanned, the code typed, or the asset picked from a list.",
  },
  privacyPhotos: {
    zh: "照片去掉相机信息后送到服务器；相机写入的拍摄时间和位置会记在照片的登记里。给别人看的照片带水印。",
    en: "Photos go to the server without the camera's own data; the time and place that the camera wrote are kept in the photo's entry. Those shown to others carry a watermark.",
  },
  privacyNone: { zh: "没有广告，没有统计，没有第三方。", en: "No advertisements, no analytics, no third parties." },
} satisfies Messages;
