/**
 * Keeps the whole phone app on the device, so that every address of it opens without a network.
 *
 * - The phone's files are stored when the worker is installed; the office's only once somebody has opened the office.
 * - A new version waits until the person agrees (`{ type: "activate" }`): a half-filled form is never pulled away.
 * - The version before stays stored until the next one comes: a tab that still runs it finds its files.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

/** Written in by the build: addresses of the phone's files, of the office's, and a name that changes with their content. */
declare const PHONE_FILES: string[];
declare const OFFICE_FILES: string[];
declare const VERSION: string;

const PREFIX = "sitebook-shell-";
const SHELL = "/index.html";
const current = PREFIX + VERSION;
const phone = new Set(PHONE_FILES);
const office = new Set(OFFICE_FILES);

/** What the centre answers itself, even to a navigation. */
const CENTRE = /^\/(api|v|c|healthz|readyz|metrics|ca\.crt|print)(\/|$)/i;

async function install(): Promise<void> {
  const cache = await caches.open(current);
  const hadOffice = await holdsOffice();
  await Promise.all(PHONE_FILES.map((file) => store(cache, file)));
  // The office is a convenience: its absence must not keep the phone from updating.
  if (hadOffice) await Promise.allSettled(OFFICE_FILES.map((file) => store(cache, file)));
}

/** Files under /assets/ carry their content's hash in their name: one that an older version stored is the same file. */
async function store(cache: Cache, file: string): Promise<void> {
  const hashed = file.startsWith("/assets/");
  const known = hashed ? await caches.match(file) : undefined;
  const response = known ?? (await fetch(file, { cache: hashed ? "default" : "reload", credentials: "same-origin" }));
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  if (response.redirected) throw new Error(`${file}: redirected to ${response.url}`);
  await cache.put(file, response);
}

async function holdsOffice(): Promise<boolean> {
  for (const name of await shellCaches()) {
    const cache = await caches.open(name);
    const stored = await cache.match("/.office");
    if (stored) {
      const next = await caches.open(current);
      await next.put("/.office", new Response(""));
      return true;
    }
  }
  return false;
}

const shellCaches = async (): Promise<string[]> => (await caches.keys()).filter((name) => name.startsWith(PREFIX));

async function activate(): Promise<void> {
  const names = (await shellCaches()).filter((name) => name !== current); // in the order in which they were made
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function openPage(request: Request): Promise<Response> {
  const cache = await caches.open(current);
  return (await cache.match(SHELL)) ?? fetch(request);
}

async function openFile(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(current);
  const stored = (await cache.match(path)) ?? (await caches.match(path));
  if (stored) return stored;
  const response = await fetch(request);
  if (response.ok && office.has(path)) {
    await cache.put(path, response.clone());
    await cache.put("/.office", new Response(""));
  }
  return response;
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));

worker.addEventListener("message", (event) => {
  if ((event.data as { type?: unknown } | null)?.type === "activate") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    // `?public` asks for the centre's own page of a label.
    if (!CENTRE.test(url.pathname) && !url.searchParams.has("public") && !isFile(url.pathname)) {
      event.respondWith(openPage(request));
    }
  } else if (phone.has(url.pathname) || url.pathname.startsWith("/assets/")) {
    event.respondWith(openFile(request, url.pathname));
  }
});

const isFile = (path: string): boolean => path !== SHELL && (phone.has(path) || office.has(path));

export {};
