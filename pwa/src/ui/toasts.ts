/** Short messages at the lower edge. A destructive tap is done at once and can be undone for eight seconds. */
import { fromStore, writable } from "svelte/store";
import type { Icon, Tone } from "./tones";

export const UNDO_MS = 8000;
const SHOWN_MS = 4000;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
  readonly icon?: Icon;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** how long it stays, in ms; it also stays while it has the focus or the pointer. null: until it is closed */
  readonly ms: number | null;
}

const list = fromStore(writable<readonly Toast[]>([]));
let nextId = 1;

/** What is shown now, oldest first. Reactive. */
export const toasts = (): readonly Toast[] => list.current;

export function showToast(toast: Partial<Omit<Toast, "id" | "text">> & { text: string }): number {
  const id = nextId++;
  list.current = [...list.current.slice(-2), { tone: "idle", ms: SHOWN_MS, ...toast, id }];
  return id;
}

/** Tells what was just done and offers to undo it. */
export function showUndo({ text, label, undo }: { text: string; label: string; undo: () => void }): number {
  return showToast({ text, ms: UNDO_MS, action: { label, run: undo } });
}

export function closeToast(id: number): void {
  list.current = list.current.filter((toast) => toast.id !== id);
}
