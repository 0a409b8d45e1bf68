/** What the person looked at lately, and where the arrow keys lead. */

export const RECENT_KEY = "search:recent";
export const RECENT_MAX = 12;

/** The id in front, each id once, the oldest beyond the limit gone. */
export const withRecent = (recent: readonly string[], id: string): string[] => [id, ...recent.filter((other) => other !== id)].slice(0, RECENT_MAX);

/** The line after `at` for a key, or -1 for the field itself; undefined where the key does not move. */
export function lineFor(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
      return Math.max(at - 1, -1);
    case "Home":
      return at < 0 ? undefined : 0;
    case "End":
      return at < 0 ? undefined : count - 1;
    default:
      return undefined;
  }
}
