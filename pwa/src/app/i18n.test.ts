import { afterEach, describe, expect, test } from "vitest";
import { chooseLanguage, civilDate, formatBytes, formatCivil, formatInstant, formatNumber, languageOf, pick, t, translate } from "./i18n";

const AT = Date.UTC(2026, 10, 19, 6, 26); // 14:26 in Shanghai
const photos = { zh: "{n} 张照片", en: { one: "{n} photo", other: "{n} photos" } };

afterEach(() => chooseLanguage("zh-CN"));

describe("language", () => {
  test("is the first of the browser's that we speak", () => {
    expect(languageOf(["de-DE", "en-US", "zh-CN"])).toBe("en");
    expect(languageOf(["zh-TW", "en"])).toBe("zh-CN");
  });

  test("is Chinese where the browser speaks neither", () => {
    expect(languageOf(["fr", "de"])).toBe("zh-CN");
    expect(languageOf([])).toBe("zh-CN");
  });

  test("changes every text", () => {
    expect(t(photos, { n: 2 })).toBe("2 张照片");
    chooseLanguage("en");
    expect(t(photos, { n: 2 })).toBe("2 photos");
  });
});

describe("messages", () => {
  test("count in English with one and other", () => {
    expect(translate(photos, "en", { n: 1 })).toBe("1 photo");
    expect(translate(photos, "en", { n: 0 })).toBe("0 photos");
    expect(translate(photos, "en", { n: 1200 })).toBe("1,200 photos");
  });

  test("show a parameter that nobody gave", () => {
    expect(translate({ zh: "{who}签字", en: "{who} signs" }, "en")).toBe("{who} signs");
  });

  test("leave a text parameter as it is, markers and dollar signs too", () => {
    expect(translate({ zh: "{a}", en: "{a}" }, "en", { a: "$& {b} 2026", b: "no" })).toBe("$& {b} 2026");
  });
});

test("typed text falls back to the other language", () => {
  expect(pick({ zh: "", en: "Fan" })).toBe("Fan");
  expect(pick({ zh: "风扇", en: "Fan" })).toBe("风扇");
  expect(pick(null)).toBe("");
});

describe("instants", () => {
  test("are shown in the site's zone", () => {
    expect(formatInstant(AT, "Asia/Shanghai")).toBe("2026-11-19 14:26");
    expect(formatInstant(AT, "Europe/London", "time")).toBe("06:26");
  });

  test("fall on the site's civil date", () => {
    const lateEvening = Date.UTC(2026, 10, 19, 16, 30);
    expect(civilDate(lateEvening, "Asia/Shanghai")).toBe("2026-11-20");
    expect(civilDate(lateEvening, "UTC")).toBe("2026-11-19");
  });

  test("name the day as people say it", () => {
    expect(formatInstant(AT, "Asia/Shanghai", "day")).toBe("11月19日 周四");
    chooseLanguage("en");
    expect(formatInstant(AT, "Asia/Shanghai", "day")).toBe("Thu 19 Nov");
  });
});

test("a civil date does not move with the zone", () => {
  expect(formatCivil("2026-11-19")).toBe("2026-11-19");
  expect(formatCivil("2026-11-19", "day")).toBe("11月19日 周四");
});

test("numbers keep decimals that are text exactly", () => {
  expect(formatNumber("12345678901234567890.10", 2)).toBe("12,345,678,901,234,567,890.10");
  expect(formatNumber(6512)).toBe("6,512");
});

test("sizes count in powers of a thousand", () => {
  expect(formatBytes(812)).toBe("812 B");
  expect(formatBytes(340_400)).toBe("340 KB");
  expect(formatBytes(999_600)).toBe("1.0 MB");
  expect(formatBytes(3_400_000)).toBe("3.4 MB");
  expect(formatBytes(999_960_000)).toBe("1.0 GB");
  expect(formatBytes(10_737_400_000)).toBe("10.7 GB");
});
