/** Coming in: what an invitation looks like, what a PIN must be, and what the phone is called. */

export const MIN_PIN = 6;
export const MAX_PIN = 12;

const TOKEN = /^[A-Za-z0-9_-]{16,100}$/;

/** The token of an invitation, from the whole link or the token alone; null where the text is no invitation. */
export function invitationOf(text: string): string | null {
  const trimmed = text.trim();
  const token = trimmed.includes("#") ? trimmed.slice(trimmed.lastIndexOf("#") + 1) : trimmed;
  return TOKEN.test(token) ? token : null;
}

/** The invitation's address is another place's than this page's: an install belongs to the address it was enrolled at. */
export function isElsewhere(text: string, origin: string): boolean {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) return false;
  try {
    return new URL(trimmed).origin !== origin;
  } catch {
    return false;
  }
}

export type PinProblem = "short" | "long" | "digits" | "weak" | "differs";

/** What is wrong with a new PIN; null where nothing is. The centre judges again and knows more weak ones. */
export function pinProblem(pin: string, again: string): PinProblem | null {
  if (!/^\d*$/.test(pin)) return "digits";
  if (pin.length < MIN_PIN) return "short";
  if (pin.length > MAX_PIN) return "long";
  if (/^(\d)\1+$/.test(pin) || isSequence(pin)) return "weak";
  return pin === again ? null : "differs";
}

function isSequence(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, index) => (Number(digit) - Number(pin[index]) + 10) % 10);
  return steps.every((step) => step === 1) || steps.every((step) => step === 9);
}

export type DeviceKind = "iphone" | "ipad" | "android" | "mac" | "windows" | "other";

/** An iPad says it is a Mac; its touch points give it away. */
export function deviceKind(agent: string, touchPoints: number): DeviceKind {
  if (/iPhone|iPod/.test(agent)) return "iphone";
  if (/iPad/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return "ipad";
  if (/Android/.test(agent)) return "android";
  if (/Macintosh/.test(agent)) return "mac";
  return /Windows/.test(agent) ? "windows" : "other";
}

/** Apple's devices keep the storage of Safari and of the home screen app apart: enrolling in one does nothing for the other. */
export const mustInstallFirst = (kind: DeviceKind, installed: boolean): boolean =>
  (kind === "iphone" || kind === "ipad") && !installed;
