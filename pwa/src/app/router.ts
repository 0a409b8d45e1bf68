/** Where the person is: the history API behind the table of routes. Plain links work; so do back, reload and deep links. */
import { tick } from "svelte";
import { fromStore, writable } from "svelte/store";
import { link, matchPath, type Match, type RouteName } from "./routes";

export interface Place {
  /** null: the app has no such page */
  readonly match: Match | null;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hash: string;
}

interface Entry {
  readonly depth: number;
  readonly scroll: number;
}

const readPlace = (): Place => ({
  match: matchPath(location.pathname),
  path: location.pathname,
  query: new URLSearchParams(location.search),
  hash: location.hash.slice(1),
});

const readEntry = (): Entry => {
  const state = history.state as Partial<Entry> | null;
  return { depth: state?.depth ?? 0, scroll: state?.scroll ?? 0 };
};

const here = fromStore(writable<Place>(readPlace()));

/** The current place. Reactive. */
export const place = (): Place => here.current;

/** Goes to an address made by `link`, as a tap on a link does. `replace` leaves no way back to the present place. */
export async function go(address: string, { replace = false }: { replace?: boolean } = {}): Promise<void> {
  const { depth } = readEntry();
  if (replace) {
    history.replaceState({ depth, scroll: 0 } satisfies Entry, "", address);
  } else {
    history.replaceState({ depth, scroll: window.scrollY } satisfies Entry, "");
    history.pushState({ depth: depth + 1, scroll: 0 } satisfies Entry, "", address);
  }
  here.current = readPlace();
  await tick();
  window.scrollTo(0, 0);
  // A screen reader goes on at the new page, not at the link that is gone.
  document.getElementById("main")?.focus({ preventScroll: true });
}

/** One step back inside the app; where the app was opened here (a scanned label, a reload), to the fallback instead. */
export function back(fallback: RouteName = "today"): void {
  if (readEntry().depth > 0) history.back();
  else void go((link as (name: RouteName) => string)(fallback), { replace: true });
}

/** Puts what a view shows into the address without a step in the history: filters, a selected row. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(key);
    else query.set(key, value);
  }
  const search = query.toString();
  history.replaceState(history.state, "", `${location.pathname}${search ? `?${search}` : ""}${location.hash}`);
  here.current = readPlace();
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = (event.target as Element | null)?.closest("a");
  if (!anchor || anchor.target || anchor.hasAttribute("download") || !anchor.getAttribute("href")) return;
  const url = new URL(anchor.href, location.href);
  if (url.origin !== location.origin || url.searchParams.has("public") || !matchPath(url.pathname)) return;
  if (url.pathname === location.pathname && url.search === location.search && url.hash) return; // a jump inside the page
  event.preventDefault();
  void go(url.pathname + url.search + url.hash);
}

function onPopState(): void {
  const { scroll } = readEntry();
  here.current = readPlace();
  void tick().then(() => requestAnimationFrame(() => window.scrollTo(0, scroll)));
}

/** Starts following links and the back button. Called once. Returns a function that stops it. */
export function startRouter(): () => void {
  history.scrollRestoration = "manual";
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", onPopState);
  return () => {
    document.removeEventListener("click", onClick);
    window.removeEventListener("popstate", onPopState);
  };
}
