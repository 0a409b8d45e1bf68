/** What a DataTable shows of its rows, and how rows are filtered and sorted. */
import { naturally } from "../../features/asset/names";
import type { Icon, Tone } from "../../ui/tones";

export interface Look {
  readonly icon: Icon;
  readonly tone: Tone;
}

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** CSS grid track */
  readonly width: string;
  /** what stands in the cell; also what is exported, searched and sorted by */
  readonly text: (row: Row) => string;
  /** sorted by this instead */
  readonly order?: (row: Row) => string | number;
  /** icon and colour beside the word */
  readonly look?: (row: Row) => Look | undefined;
  readonly code?: boolean;
  readonly right?: boolean;
  /** left out until chosen */
  readonly hidden?: boolean;
}

export interface Facet<Row> {
  readonly id: string;
  readonly label: string;
  /** keys that the row has */
  readonly keys: (row: Row) => readonly string[];
  readonly name: (key: string) => string;
}

export interface Sort {
  readonly column: string;
  readonly down: boolean;
}

/** "code" and "-code" as the address writes them. */
export const readSort = (text: string | null): Sort | null =>
  text ? { column: text.replace(/^-/, ""), down: text.startsWith("-") } : null;
export const writeSort = (sort: Sort | null): string | null => (sort ? `${sort.down ? "-" : ""}${sort.column}` : null);

/** What a row is searched by: the texts of all its columns. */
export const textOf = <Row>(row: Row, columns: readonly Column<Row>[]): string =>
  columns.map((column) => column.text(row)).join("\n").toLowerCase();

/** Rows that have every word of the text somewhere. */
export function filterRows<Row>(rows: readonly Row[], textOfRow: (row: Row) => string, text: string): readonly Row[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const whole = textOfRow(row);
    return words.every((word) => whole.includes(word));
  });
}

/** Numbers inside texts count as numbers; empty cells stand last either way. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const column = sort && columns.find((one) => one.id === sort.column);
  if (!sort || !column) return rows;
  const order = column.order ?? column.text;
  const keyed = rows.map((row) => ({ row, key: order(row) }));
  const sign = sort.down ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === b.key) return 0;
    if (a.key === "") return 1;
    if (b.key === "") return -1;
    const difference =
      typeof a.key === "number" && typeof b.key === "number" ? a.key - b.key : naturally.compare(String(a.key), String(b.key));
    return sign * difference;
  });
  return keyed.map(({ row }) => row);
}
