import { expect, test } from "vitest";
import { csvCell, writeCsv } from "./csv";

test.each(["=1+1", "+86 27", "-5", "@cmd", "\t=1", "\r=1"])("%j is made text", (value) => {
  expect(csvCell(value).replace(/^"/, "").startsWith("'")).toBe(true);
});

test("quotes, commas and line breaks stay inside their cell", () => {
  expect(csvCell('a "b", c\nd')).toBe('"a ""b"", c\nd"');
});

test("rows end as spreadsheets expect and begin with a byte order mark", () => {
  expect(writeCsv([["编码", "a"], ["1", ""]])).toBe("\ufeff编码,a\r\n1,\r\n");
});
