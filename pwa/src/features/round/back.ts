import { back, go } from "../../app/router";

/** One step back; where the app was opened here (a reload, a scanned label), to the address instead. */
export function backOr(address: string): void {
  const depth = (history.state as { depth?: number } | null)?.depth ?? 0;
  if (depth > 0) back();
  else void go(address, { replace: true });
}
