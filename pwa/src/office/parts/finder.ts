/** Ctrl-K: whether it is open. */
import { fromStore, writable } from "svelte/store";

const open = fromStore(writable(false));

export const finderOpen = (): boolean => open.current;
export function openFinder(): void {
  open.current = true;
}
export function closeFinder(): void {
  open.current = false;
}
