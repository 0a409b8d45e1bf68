import { expect, test } from "vitest";
import { DOCUMENT_PATTERN, documentNumber } from "./model";

const day = new Date(2026, 2, 5);

test("a document pattern shows the number it would make", () => {
  expect(documentNumber(DOCUMENT_PATTERN, "WBXJ", day, 123)).toBe("WBXJ-2026-000123");
  expect(documentNumber("{kind}/{year}{month}/{n}", "FWBG", day, 7)).toBe("FWBG/202603/7");
});

test("a pattern without exactly one running number, or with strange signs, makes none", () => {
  for (const pattern of ["", "{kind}-{year}", "{n}-{n}", "{kind} {n}", "{site}-{n}", "报告{n}", `${"A".repeat(60)}{n}`])
    expect(documentNumber(pattern, "WBXJ", day)).toBeNull();
});
