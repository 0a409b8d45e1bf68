import { expect, test } from "vitest";
import { readLabel, readToken } from "./labels";

const ORIGIN = "https://sitebook.example.cn";
const TOKEN = "7K3M9Q2XW0BA";

test.each(["7k3m9q2xw0ba", "7K3M-9Q2X-W0BA", " 7K3M 9Q2X WOBA ", "7K3M–9Q2X–W0BA", "７Ｋ３Ｍ９Ｑ２ＸＷ０ＢＡ"])(
  "a typed token is understood: %s",
  (text) => expect(readToken(text)).toBe(TOKEN),
);

test("lookalikes are read as digits", () => expect(readToken("ILOilo000000")).toBe("110110000000"));

test.each(["", "7K3M9Q2XW0B", "7K3M9Q2XW0BAA", "7K3M9Q2XW0BU", "7K3M9Q2XW0B!", "机房机房机房机房机房机房"])(
  "what is no token is refused: %s",
  (text) => expect(readToken(text)).toBeUndefined(),
);

test.each([
  "HTTPS://SITEBOOK.EXAMPLE.CN/A/7K3M9Q2XW0BA",
  "https://sitebook.example.cn/a/7k3m9q2xw0ba",
  "https://Sitebook.Example.cn:443/a/7K3M-9Q2X-WOBA/?from=wechat#top",
  "https://sitebook.example.cn./A/7K3M9Q2XW0BA",
  TOKEN,
  " 7k3m-9q2x-w0ba\n",
])("a label of ours is read in any spelling: %s", (text) => {
  expect(readLabel(text, ORIGIN)).toEqual({ kind: "own", token: TOKEN });
});

test("a trial's labels hold its port", () => {
  expect(readLabel("HTTP://LOCALHOST:8000/A/7K3M9Q2XW0BA", "http://localhost:8000")).toEqual({ kind: "own", token: TOKEN });
});

test.each([
  ["https://evil.example/a/7K3M9Q2XW0BA", TOKEN],
  ["http://sitebook.example.cn/A/7K3M9Q2XW0BA", TOKEN],
  ["https://sitebook.example.cn:8443/A/7K3M9Q2XW0BA", TOKEN],
  ["https://sitebook.example.cn.evil.example/", undefined],
  ["https://sitebook.example.cn@evil.example/A/7K3M9Q2XW0BA", TOKEN],
  ["https://weixin.qq.com/r/abcdef", undefined],
])("somebody else's address is named and never ours: %s", (url, token) => {
  expect(readLabel(url, ORIGIN)).toEqual(token ? { kind: "foreign", url, token } : { kind: "foreign", url });
});

test.each([
  "",
  "D010210-009",
  "javascript:alert(1)",
  "https://",
  "https://[bad/A/7K3M9Q2XW0BA",
  "https://sitebook.example.cn:99999/A/7K3M9Q2XW0BA",
  "https://sitebook.example.cn/A/TOOSHORT",
  "https://sitebook.example.cn/A/%E0%A4%A",
  "https://sitebook.example.cn/V/7K3M9Q2XW0BA",
  "https:\\\\sitebook.example.cn\\A\\7K3M9Q2XW0BA",
  "WIFI:S:x;T:WPA;P:y;;",
])("anything else is not a label: %s", (text) => {
  expect(readLabel(text, ORIGIN)).toEqual({ kind: "other", text });
});
