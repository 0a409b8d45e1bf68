/** Assets chosen on one screen for work on another. Kept for the tab, so that a reload does not lose the choice. */
const STORED = "sitebook.handover";

let held: readonly string[] | null = null;

export function handOver(assets: Iterable<string>): void {
  held = [...assets];
  try {
    sessionStorage.setItem(STORED, JSON.stringify(held));
  } catch {
    // kept until the page is reloaded
  }
}

/** What was handed over last; empty if nothing was. */
export function handedOver(): readonly string[] {
  if (held) return held;
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}
