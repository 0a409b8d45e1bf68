/** The engine's signals as runes: a read inside markup, `$derived` or `$effect` follows every change. */
import { untrack } from "svelte";
import type { Signal } from "./env";

export function runeSignal(): Signal {
  let version = $state(0);
  return {
    read: () => version,
    bump: () =>
      untrack(() => {
        version++;
      }),
  };
}
