/**
 * Search over all assets of the phone: every word somewhere in the asset's line, Chinese by substring.
 *
 * All lines stand in one long text that is searched for the longest word; the other words are then looked up in the lines
 * that were hit. Lines that changed since the text was joined are looked at one by one, until there are too many of them.
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
export const fold = (text: string): string => (PLAIN.test(text) ? text : text.normalize("NFKC")).toLowerCase();

/** ASCII and everyday Chinese, which normalisation leaves as they are: most of what there is. */
const PLAIN = /^[\u0000-\u007f\u4e00-\u9fff]*$/;

const MAX_CHANGED = 300;

interface Entry {
  keys: readonly string[];
  line: string;
}

export class SearchIndex {
  #lines = new Map<string, Entry>();
  /** Ids whose line is not, or not any more, what stands in the text. */
  #changed = new Set<string>();
  #text: string | undefined;
  #starts = new Int32Array(0);
  /** Id and line of what stands in the text from `#starts` on. */
  #ids: string[] = [];
  #entries: Entry[] = [];

  get size(): number {
    return this.#lines.size;
  }

  put(item: Searchable): void {
    const keys = item.keys.filter(Boolean).map(fold);
    const words = fold(item.words.filter(Boolean).join(SEPARATOR));
    const line = [...keys, words].join(SEPARATOR);
    this.#lines.set(item.id, { keys, line: line.includes(LINE) ? line.replaceAll(LINE, " ") : line });
    this.#changed.add(item.id);
  }

  remove(id: string): void {
    if (this.#lines.delete(id)) this.#changed.add(id);
  }

  /** Joins the text now rather than at the next search. */
  settle(): string {
    if (this.#text !== undefined && this.#changed.size <= MAX_CHANGED) return this.#text;
    this.#changed.clear();
    const lines: string[] = [];
    this.#starts = new Int32Array(this.#lines.size);
    this.#ids = [];
    this.#entries = [];
    let at = 0;
    for (const [id, entry] of this.#lines) {
      this.#starts[this.#ids.length] = at;
      this.#ids.push(id);
      this.#entries.push(entry);
      lines.push(entry.line);
      at += entry.line.length + 1;
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
    for (const id of this.#changed) {
      const entry = this.#lines.get(id);
      if (entry && words.every((word) => entry.line.includes(word))) ranked[rankOf(entry.keys, whole)]?.push(id);
    }
    let index = 0;
    for (let at = text.indexOf(longest); at >= 0; ) {
      index = this.#lineAt(at, index);
      const id = this.#ids[index] ?? "";
      const entry = this.#changed.size > 0 && this.#changed.has(id) ? undefined : this.#entries[index];
      if (entry && (others.length === 0 || others.every((word) => entry.line.includes(word)))) {
        const rank = rankOf(entry.keys, whole);
        ranked[rank]?.push(id);
        if (rank === 0 && (ranked[0]?.length ?? 0) >= limit) break;
      }
      const next = this.#starts[++index];
      if (next === undefined) break;
      at = text.indexOf(longest, next);
    }
    return ranked.flat().slice(0, limit);
  }

  /** The line that holds a position at or behind the line `from`: that one itself where most lines are hit. */
  #lineAt(position: number, from: number): number {
    const after = this.#starts[from + 1];
    if (after === undefined || position < after) return from;
    let low = from + 1;
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
