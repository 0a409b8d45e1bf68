/** Putting the app on the home screen, where the browser lets a page ask for it. */
import { fromStore, writable } from "svelte/store";

interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

const offered = fromStore(writable<InstallPrompt | null>(null));

/** The browser would install the app if asked. Reactive. */
export const canInstall = (): boolean => offered.current !== null;

/** Asks the person to install. False: they declined, or the browser can't. */
export async function install(): Promise<boolean> {
  const prompt = offered.current;
  offered.current = null; // a prompt works once
  return (await prompt?.prompt())?.outcome === "accepted";
}

/** It runs as an app of its own, not in a browser tab. */
export const isInstalled = (): boolean =>
  globalThis.matchMedia?.("(display-mode: standalone)").matches === true ||
  (globalThis.navigator as Navigator & { standalone?: boolean }).standalone === true;

/** Keeps the browser's offer for the moment when a screen shows it. Called once. */
export function startInstall(): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered.current = event as InstallPrompt;
  });
  window.addEventListener("appinstalled", () => (offered.current = null));
}
