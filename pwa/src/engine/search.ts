/**
 * Search over all assets of the phone: every word somewhere in the asset's line, Chinese by substring.
 *
 * All lines stand in one long text that is searched for the longest word; the other words are then looked up in the lines
 * that were hit. The text is joined again only after a change.
 */
export interface Searchable {
  id: string;
  /** Lower case; what ranks first when it is met exactly or from its beginning. */
  keys: readonly string[];
  /** Everything else that is searched. */
  words: readonly (string | null | undefined)[];
}

const SEPARATOR = "\u0001"; // between fields, so that no word is found across two
const LINE = "\n";

/** Lower case, full-width letters and digits as plain ones: what people type is rarely how a clerk wrote it. */
export const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

export class SearchIndex {
  #lines = new Map<string, { keys: readonly string[]; line: string }>();
  #text: string | undefined;
  #starts = new Int32Array(0);
  #ids: string[] = [];

  get size(): number {
    return this.#lines.size;
  }

  put(item: Searchable): void {
    const keys = item.keys.filter(Boolean).map(fold);
    const words = item.words.filter((word): word is string => Boolean(word)).map(fold);
    this.#lines.set(item.id, { keys, line: [...keys, ...words].join(SEPARATOR).replaceAll(LINE, " ") });
    this.#text = undefined;
  }

  remove(id: string): void {
    if (this.#lines.delete(id)) this.#text = undefined;
  }

  clear(): void {
    this.#lines.clear();
    this.#text = undefined;
  }

  /** Joins the text now rather than at the next search. */
  settle(): string {
    if (this.#text !== undefined) return this.#text;
    const lines: string[] = [];
    this.#starts = new Int32Array(this.#lines.size);
    this.#ids = [];
    let at = 0;
    for (const [id, { line }] of this.#lines) {
      this.#starts[this.#ids.length] = at;
      this.#ids.push(id);
      lines.push(line);
      at += line.length + 1;
    }
    this.#text = lines.join(LINE);
    return this.#text;
  }

  /** Ids of what contains every word of the query, best first. */
  find(query: string, limit: number): string[] {
    const whole = fold(query).trim();
    const words = whole.split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const longest = words.reduce((a, b) => (b.length > a.length ? b : a));
    const others = words.filter((word) => word !== longest);
    const text = this.settle();
    const ranked: string[][] = [[], [], [], []];
    for (let at = text.indexOf(longest); at >= 0; ) {
      const index = this.#lineAt(at);
      const id = this.#ids[index] ?? "";
      const entry = this.#lines.get(id);
      if (entry && others.every((word) => entry.line.includes(word))) {
        const rank = rankOf(entry.keys, whole);
        ranked[rank]?.push(id);
        if (rank === 0 && (ranked[0]?.length ?? 0) >= limit) break;
      }
      const next = this.#starts[index + 1];
      if (next === undefined) break;
      at = text.indexOf(longest, next);
    }
    return ranked.flat().slice(0, limit);
  }

  #lineAt(position: number): number {
    let low = 0;
    let high = this.#ids.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** 0 a key is exactly this, 1 begins with it, 2 contains it, 3 found elsewhere. */
function rankOf(keys: readonly string[], query: string): number {
  let rank = 3;
  for (const key of keys) {
    if (key === query) return 0;
    if (key.startsWith(query)) rank = 1;
    else if (rank > 2 && key.includes(query)) rank = 2;
  }
  return rank;
}
