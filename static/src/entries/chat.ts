// The chat page: boot data in, one model, one element.
import { ChatPage } from "../chat/chat-page.ts";
import { rememberPerson } from "../chat/offline-box.ts";
import { type ChatApp, messageOf } from "../chat/elements/chat-app.ts";
import { loadRemembering } from "../chat/elements/load-later.ts";
import type { Boot } from "../chat/wire.ts";
import { pageData } from "../page-data.ts";

const boot = pageData<Boot>("boot");
const app = document.querySelector<ChatApp>("chat-app");

if (boot && app) {
  const page = new ChatPage(boot, `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat/?notices=1`);
  app.page = page;
  page.start(messageOf(location.hash));
  const attached = new URLSearchParams(location.search).get("attach");
  if (attached) void attachLater(app, attached);
  if (boot.remembers) void loadRemembering().catch(() => undefined);
  document.addEventListener("visibilitychange", () => {
    page.look(document.hidden);
    if (!document.hidden) void page.drafts.look(page.conversation.id);
  });
  window.addEventListener("online", () => page.socket.wake());
  window.addEventListener("pagehide", () => {
    page.leave();
    page.drafts.leave();
  });
  rememberPerson(boot.user.email);
  window.addEventListener("load", () => void keepForOffline(boot.language));
}

/** A file that is there already, such as a note that is to be asked about, goes with the first question. */
async function attachLater(app: ChatApp, id: string): Promise<void> {
  history.replaceState(null, "", location.pathname);
  await app.updateComplete;
  await customElements.whenDefined("webui-attachments");
  const composer = app.querySelector<HTMLElement & { updateComplete: Promise<boolean> }>("chat-composer");
  await composer?.updateComplete;
  app.querySelector<HTMLElement & { restore?(ids: string[]): void }>("webui-attachments")?.restore?.([id]);
}

/** When all else is done. Without https, but for this computer itself, browsers know no service worker. */
async function keepForOffline(language: string): Promise<void> {
  await new Promise((idle) => setTimeout(idle, 2000));
  if (!("serviceWorker" in navigator)) return;
  try {
    const { scriptOf } = await import("../trusted.ts");
    await navigator.serviceWorker.register(scriptOf(`/sw.js?language=${language}`));
  } catch {
    // The page works without; it only cannot be opened without a line.
  }
}
