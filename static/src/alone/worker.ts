// The service worker: without a line a page is answered by the offline page, and files of the page come from this browser.
// What is personal is never kept here: no page but the offline one, and no answer of the server's.
// It runs by itself, so it imports nothing of the page.

/** Changes with every build: the worker is installed anew, and what the old one kept goes with its last tab. */
declare const BUILD: string;

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Lasting {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

interface WorkerScope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", act: (event: Lasting) => void): void;
  addEventListener(type: "fetch", act: (event: Fetching) => void): void;
}

const scope = self as unknown as WorkerScope;
const CACHE = `page-${BUILD}`;
// In the language of the page that registered the worker.
const OFFLINE = `/offline/${scope.location.search}`;
// Their names change with their bytes, so what was kept under a name is right for ever.
const HASHED = /^\/static\/dist\/[\w.-]+-[0-9A-Z]{8}\.(js|css|woff2)$/;

scope.addEventListener("install", (event) => event.waitUntil(keepOffline()));
scope.addEventListener("activate", (event) => event.waitUntil(begin()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (HASHED.test(pathname)) event.respondWith(file(request));
});

/** The offline page as nobody in particular sees it, and the files that it names. */
async function keepOffline(): Promise<void> {
  const answer = await fetch(OFFLINE, { credentials: "omit", cache: "reload" });
  if (!answer.ok) throw new Error(`The offline page was answered with ${answer.status}.`);
  const named = (await answer.clone().text()).match(/\/static\/dist\/[\w.-]+\.(?:js|css|svg)/g) ?? [];
  const cache = await caches.open(CACHE);
  await cache.put(OFFLINE, answer);
  await cache.addAll([...new Set(named)]);
}

async function begin(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await scope.registration.navigationPreload?.enable();
  await scope.clients.claim();
}

async function page(event: Fetching): Promise<Response> {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const kept = await caches.match(OFFLINE, { ignoreVary: true });
    if (!kept) throw error;
    return kept;
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CACHE);
    // A full disk costs the copy, not the page.
    await cache.put(request, answer.clone()).catch(() => undefined);
  }
  return answer;
}
