import { describe, expect, it } from "vitest";
import type { Statement, StatementLine } from "../../engine/api";
import { countVisits, groupSkipped, isAbnormal, nameOfHash, readOutline, sameContent } from "./outline";

const H1 = "00112233445566778899aabbccddeeff".repeat(2);
const H2 = "ff".repeat(32);
const EARLIER = "ee".repeat(32);
const line = (ref: string, f: string, label: string, value: string, unit = ""): StatementLine => ({ ref, f, label, value, unit });

const statement: Statement = {
  v: 1,
  kind: "round",
  lang: "zh",
  tz: "Asia/Shanghai",
  centre: "c",
  lines: [
    line("a", "name", "客户", "支队"),
    line("b", "name", "场所", "一号楼"),
    line("c", "title", "巡检", "11 月巡检"),
    line("d", "name", "工程师", "李伟"),
    line("e", "code", "编码", "D-001"),
    line("f", "name", "名称", "交换机"),
    line("g", "serial", "序列号", "SN0"),
    line("h", "name", "位置", "0210 室"),
    line(H1, "outcome", "结果", "已检"),
    line("i", "title", "检查表", "交换机检查"),
    line("j", "items", "检查项数", "2"),
    line(H1, "results.temp", "温度", "75", "℃"),
    line("j", "items.temp.range", "范围", "10–70", "℃"),
    line(EARLIER, "results.temp", "上次", "36.5", "℃"),
    line(H1, "results.temp.state", "判定", "异常"),
    line(H1, "results.temp.severity", "程度", "严重"),
    line(H1, "results.temp.note", "说明", "风扇停转"),
    line(H1, "results.temp.solved", "处理", "已更换"),
    line(H1, "results.fan", "风扇", "正常"),
    line(H2, "outcome", "结果", "未检"),
    line(H2, "reason", "未检原因", "房间锁着"),
    line(H2, "later.thing", "新", "值"),
  ],
  photos: [],
  signer: { name: "张敏", outcome: "signed", role: "" },
  at: 1,
};

describe("a statement, read", () => {
  const outline = readOutline(statement);

  it("has its head and its visits in order", () => {
    expect(outline).toMatchObject({ customer: "支队", site: "一号楼", round: "11 月巡检", engineers: ["李伟"] });
    expect(outline.visits.map((visit) => [visit.code, visit.name, visit.place, visit.skipped])).toEqual([
      ["D-001", "交换机", "0210 室", false],
      ["", "", "", true],
    ]);
  });

  it("keeps range, earlier value and what was said about an anomaly with its item", () => {
    expect(outline.visits[0]?.readings).toEqual([
      { item: "temp", title: "温度", value: "75", unit: "℃", range: "10–70", last: "36.5", lastUnit: "℃", abnormal: true, severity: "严重", note: "风扇停转", solved: "已更换" },
      { item: "fan", title: "风扇", value: "正常", unit: "", range: "", last: "", lastUnit: "", abnormal: false, severity: "", note: "", solved: "" },
    ]);
  });

  it("drops no line of a later version", () => {
    expect(outline.visits[1]?.others).toEqual([line(H2, "later.thing", "新", "值")]);
  });

  it("counts every visit once", () => {
    expect(countVisits(outline.visits)).toEqual({ due: 2, normal: 0, abnormal: 1, skipped: 1 });
    expect(outline.visits.map(isAbnormal)).toEqual([true, false]);
  });

  it("groups what was skipped by its reason", () => {
    expect(groupSkipped([...outline.visits, ...outline.visits]).map(({ reason, outcome, visits }) => [reason, outcome, visits.length])).toEqual([["房间锁着", "未检", 2]]);
  });

  it("has the same content whoever signs, and another once a value differs", () => {
    expect(sameContent(statement, { ...statement, at: 2, signer: { name: "周强", outcome: "refused", role: "x" } })).toBe(true);
    const lines = statement.lines.map((one, index) => (index === 11 ? { ...one, value: "76" } : one));
    expect(sameContent(statement, { ...statement, lines })).toBe(false);
  });
});

it("an op's name is the beginning of its hash", () => {
  expect(nameOfHash(H2)).toBe("____________");
  expect(nameOfHash(H1)).toBe("ABEiM0RVZneI");
});
