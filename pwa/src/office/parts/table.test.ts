import { expect, test } from "vitest";
import { filterRows, readSort, sortRows, textOf, writeSort, type Column } from "./table";

interface Thing {
  code: string;
  name: string;
}
const columns: Column<Thing>[] = [
  { id: "code", label: "", width: "1fr", text: (row) => row.code },
  { id: "name", label: "", width: "1fr", text: (row) => row.name },
];
const rows: Thing[] = [
  { code: "D1-10", name: "b" },
  { code: "", name: "c" },
  { code: "D1-9", name: "a" },
];
const codes = (found: readonly Thing[]): string[] => found.map((row) => row.code);

test("numbers in codes sort as numbers and empty cells stand last both ways", () => {
  expect(codes(sortRows(rows, columns, { column: "code", down: false }))).toEqual(["D1-9", "D1-10", ""]);
  expect(codes(sortRows(rows, columns, { column: "code", down: true }))).toEqual(["D1-10", "D1-9", ""]);
});

test("a row fits when every word is in one of its columns", () => {
  expect(codes(filterRows(rows, (row) => textOf(row, columns), "d1 A"))).toEqual(["D1-9"]);
});

test("the address keeps column and direction", () => {
  expect(readSort(writeSort({ column: "code", down: true }))).toEqual({ column: "code", down: true });
  expect(readSort(null)).toBeNull();
});
