/** A short tick in the hand, on a scan and on a save, where the phone can. */
export function haptic(kind: "tick" | "warn" = "tick"): void {
  globalThis.navigator?.vibrate?.(kind === "tick" ? 12 : [20, 60, 20]);
}
