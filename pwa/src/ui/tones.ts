import type { LucideIcon } from "@lucide/svelte";

/** The four states of the colour table, and the accent. The name is also the name of its tokens: `--good`, `--good-tint` … */
export type Tone = "good" | "attention" | "bad" | "idle" | "accent";

/** Any icon of @lucide/svelte, or one of ours drawn the same way. */
export type Icon = LucideIcon;
