/**
 * The service worker from the page's side: registers it, notices a new version, and changes to it only when asked.
 */
import { fromStore, writable } from "svelte/store";

const HOUR_MS = 3_600_000;

const ready = fromStore(writable(false));
let waiting: ServiceWorker | null = null;
let asked = false;

/** A new version is stored and waits for the person to agree. Reactive. */
export const updateReady = (): boolean => ready.current;

/** Changes to the new version and reloads this page. Other tabs go on with theirs until they are reloaded. */
export function updateNow(): void {
  asked = true;
  waiting?.postMessage({ type: "activate" });
}

/** Hides the offer until the app is opened again. */
export function updateLater(): void {
  ready.current = false;
}

function offer(worker: ServiceWorker): void {
  waiting = worker;
  ready.current = true;
}

function follow(registration: ServiceWorkerRegistration): void {
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      // Without a controller this is the first install: there is nothing to change over from.
      if (worker.state === "installed" && navigator.serviceWorker.controller) offer(worker);
    });
  });
}

/** Registers the service worker and looks for a new version now, every hour, and when the app comes to the front. */
export async function startUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (asked) location.reload();
  });
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  follow(registration);
  let checkedAt = Date.now();
  const check = (): void => {
    if (document.visibilityState === "hidden" || Date.now() - checkedAt < HOUR_MS) return;
    checkedAt = Date.now();
    registration.update().catch(() => undefined); // no network: the next check will find it
  };
  document.addEventListener("visibilitychange", check);
  setInterval(check, HOUR_MS);
}
