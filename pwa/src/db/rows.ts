/**
 * Rows of the feed as texts: a cold start reads which records there are, and parses what they hold only when it is asked for.
 * Of thousands of assets the first screen shows none.
 */
import type { Row } from "../engine/head";

/** One page: `heads` says per row what finds its place, `text` has the rows themselves as JSON, one a line. */
export interface RowsText {
  heads: string;
  text: string;
}

/** The heads by column, which parses many times faster than by row. */
interface Heads {
  q: number[];
  k: string[];
  r: string[];
  /** 0 alive, 1 deleted, 2 left the scope. */
  f: number[];
}

export function writeRows(rows: readonly Row[]): RowsText {
  const heads: Heads = {
    q: rows.map((row) => row.q),
    k: rows.map((row) => row.k ?? ""),
    r: rows.map((row) => row.r),
    f: rows.map((row) => (row.gone ? 2 : row.d ? 1 : 0)),
  };
  // JSON texts hold no line feed of their own.
  return { heads: JSON.stringify(heads), text: rows.map((row) => JSON.stringify(row)).join("\n") };
}

export function readRows({ heads, text }: RowsText): Row[] {
  const { q, k, r, f } = JSON.parse(heads) as Heads;
  const lines = text.split("\n");
  return r.map((id, index) => new TextRow(q[index] ?? 0, k[index] ?? "", id, f[index] ?? 0, lines[index] ?? "{}"));
}

type Content = Pick<Row, "v" | "w" | "o" | "h">;

/** A row that parses its text at the first look into it. */
class TextRow implements Row {
  readonly d?: 1;
  readonly gone?: 1;
  private content: Content | undefined;

  constructor(
    readonly q: number,
    readonly k: string,
    readonly r: string,
    flag: number,
    private text: string,
  ) {
    if (flag === 1) this.d = 1;
    if (flag === 2) this.gone = 1;
  }

  private get parsed(): Content {
    if (!this.content) {
      this.content = JSON.parse(this.text) as Content;
      this.text = "";
    }
    return this.content;
  }

  get v(): Record<string, unknown> {
    return this.parsed.v ?? {};
  }
  get w(): string {
    return this.parsed.w ?? "";
  }
  get o(): Record<string, string> | undefined {
    return this.parsed.o;
  }
  get h(): string | undefined {
    return this.parsed.h;
  }
}
