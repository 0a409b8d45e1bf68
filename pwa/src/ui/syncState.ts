/** What the sync bar needs to know; the engine computes it, the bar only shows it. */
export interface SyncState {
  /** records saved here that the centre has not confirmed */
  readonly entries: number;
  /** photos and other files saved here that the centre has not confirmed */
  readonly photos: number;
  /** records that wait for this person: parked, refused, in conflict */
  readonly trouble: number;
  /** the last attempt to reach the centre failed */
  readonly offline: boolean;
  /** everything was delivered within the last two seconds */
  readonly justDelivered: boolean;
}

/** Which bar to show, most pressing first; null shows none. */
export function summarise(sync: SyncState): "trouble" | "waiting" | "offline" | "delivered" | null {
  if (sync.trouble > 0) return "trouble";
  if (sync.entries > 0 || sync.photos > 0) return "waiting";
  if (sync.offline) return "offline";
  return sync.justDelivered ? "delivered" : null;
}
