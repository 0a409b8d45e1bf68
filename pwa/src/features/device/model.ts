/** What the device page makes of figures: clock, room, and which errors mean what. */

export type Unit = "seconds" | "minutes" | "hours" | "days";

export interface Skew {
  /** agrees: within what a network delays */
  readonly is: "agrees" | "ahead" | "behind";
  readonly n: number;
  readonly unit: Unit;
}

const AGREES_MS = 5000;
const UNITS: readonly [Unit, number][] = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1000],
];

/**
 * This phone's clock beside the centre's, all in ms: the centre said `centre` at some moment between `asked` and `answered`
 * of this phone. Rounded to the largest unit of which there are two.
 */
export function skewOf(asked: number, answered: number, centre: number): Skew {
  const difference = (asked + answered) / 2 - centre;
  const size = Math.abs(difference);
  const [unit, ms] = UNITS.find(([, one]) => size >= 2 * one) ?? ["seconds", 1000];
  // Half of the round trip is not known.
  if (size - (answered - asked) / 2 <= AGREES_MS) return { is: "agrees", n: 0, unit: "seconds" };
  return { is: difference > 0 ? "ahead" : "behind", n: Math.round(size / ms), unit };
}

export interface Room {
  readonly used: number;
  /** undefined where the browser does not tell */
  readonly quota: number | undefined;
  readonly almostFull: boolean;
}

/** What `navigator.storage.estimate()` says; null where it says nothing. */
export function roomOf(estimate: { usage?: number; quota?: number } | undefined): Room | null {
  if (estimate?.usage === undefined) return null;
  const { usage: used, quota } = estimate;
  return { used, quota, almostFull: quota !== undefined && quota > 0 && used / quota > 0.9 };
}

/** In fours, as people read it out over the telephone. */
export const spokenId = (id: string): string => id.replace(/(.{4})(?=.)/g, "$1 ");
