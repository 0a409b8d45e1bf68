/** The browser as the engine's world. The only file of the engine that reaches for globals. */
import type { Channel, Env, Signal, Timer } from "./env";
import type { Passkeys } from "./identity";
import { DoorError } from "./types";

const REQUEST_MS = 90_000;

export function browserEnv(signal: () => Signal, app: string): Env {
  return {
    now: () => Date.now(),
    mono: () => Math.round(performance.now()),
    boot: Math.round(performance.timeOrigin),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    // A connection that hangs would hold up everything behind it; a piece of a blob passes any usable network in this time.
    fetch: (path, init) => fetch(path, { ...init, signal: AbortSignal.timeout(REQUEST_MS) }),
    indexedDB,
    subtle: crypto.subtle,
    after: (ms, run): Timer => {
      const id = setTimeout(run, ms);
      return { cancel: () => clearTimeout(id) };
    },
    lock: (name, run) => lockOf(name, run),
    channel: (name) => channelOf(name),
    signal,
    ...(typeof CompressionStream === "function" && { gzip }),
    app,
    databases: "sitebook",
  };
}

async function lockOf<T>(name: string, run: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return run(); // without secure context or support there is no second tab to fear that could sign
  return (await navigator.locks.request(name, run)) as T;
}

function channelOf(name: string): Channel {
  if (typeof BroadcastChannel !== "function") return { post: () => undefined, listen: () => undefined, close: () => undefined };
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (hear) => channel.addEventListener("message", (event: MessageEvent<unknown>) => hear(event.data)),
    close: () => channel.close(),
  };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Calls `run` whenever a round may find the network changed: online again, or the page is looked at. */
export function watchPage(run: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === "visible") run();
  };
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", visible);
  window.addEventListener("pageshow", visible);
  return () => {
    window.removeEventListener("online", run);
    document.removeEventListener("visibilitychange", visible);
    window.removeEventListener("pageshow", visible);
  };
}

const LOOK_MS = 5_000;
const REFUSED_MS = 60_000;

/**
 * Calls `run` whenever the centre says that something changed (docs/protocol.md section 11), as long as the page is looked at
 * and `wanted` holds; a page in the background keeps no connection. What is missed is pulled by the next round.
 */
export function watchCentre(run: () => void, wanted: () => boolean): () => void {
  let source: EventSource | undefined;
  let begun = 0;
  const close = (): void => {
    source?.close();
    source = undefined;
  };
  const look = (): void => {
    if (document.visibilityState !== "visible" || !navigator.onLine || !wanted()) return close();
    // A connection that broke comes back by itself; one that was refused is begun anew after a while.
    if (source && (source.readyState !== EventSource.CLOSED || Date.now() - begun < REFUSED_MS)) return;
    begun = Date.now();
    source = new EventSource("/api/events");
    source.addEventListener("pull", run);
  };
  const timer = setInterval(look, LOOK_MS);
  const events = [
    [document, "visibilitychange"],
    [window, "online"],
    [window, "offline"],
    [window, "pageshow"],
  ] as const;
  for (const [target, name] of events) target.addEventListener(name, look);
  window.addEventListener("pagehide", close);
  look();
  return () => {
    clearInterval(timer);
    for (const [target, name] of events) target.removeEventListener(name, look);
    window.removeEventListener("pagehide", close);
    close();
  };
}

/** Ask that the browser not evict what was not delivered. Some browsers ask the person, so it is called after enrolment only. */
export async function persist(): Promise<boolean> {
  try {
    return (await navigator.storage?.persist?.()) ?? false;
  } catch {
    return false;
  }
}

export const browserPasskeys: Passkeys = {
  async get(options) {
    return ceremony(() => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
      return navigator.credentials.get({ publicKey });
    });
  },
  async create(options) {
    return ceremony(() => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
      return navigator.credentials.create({ publicKey });
    });
  },
};

async function ceremony(run: () => Promise<Credential | null>): Promise<unknown> {
  if (!("PublicKeyCredential" in globalThis) || !("parseRequestOptionsFromJSON" in PublicKeyCredential))
    throw new DoorError("passkey_unavailable", "this browser has no passkeys", 0);
  try {
    return ((await run()) as PublicKeyCredential).toJSON();
  } catch (error) {
    // The person turned away, or the phone has no passkey for this place: browsers don't tell which.
    const name = (error as { name?: string }).name;
    if (name === "NotAllowedError" || name === "AbortError") throw new DoorError("passkey_cancelled", String(error), 0);
    throw new DoorError("passkey_failed", String(error), 0);
  }
}

/** "Android, Chrome 140": what the device list shows. */
export function platformName(agent: string = navigator.userAgent): string {
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? "";
  const browser = /(?:Edg|OPR|MicroMessenger|Firefox|CriOS|Chrome|Version)\/[\d]+/.exec(agent)?.[0] ?? "";
  return [system, browser.replace("/", " ").replace("Version", "Safari").replace("Edg", "Edge")].filter(Boolean).join(", ");
}
