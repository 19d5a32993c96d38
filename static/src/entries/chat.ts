// The chat page: boot data in, one model, one element.
import { ChatPage } from "../chat/chat-page.ts";
import { type ChatApp, messageOf } from "../chat/elements/chat-app.ts";
import type { Boot } from "../chat/wire.ts";
import { pageData } from "../page-data.ts";

const boot = pageData<Boot>("boot");
const app = document.querySelector<ChatApp>("chat-app");

if (boot && app) {
  const page = new ChatPage(boot, `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat/?notices=1`);
  app.page = page;
  page.start(messageOf(location.hash));
  document.addEventListener("visibilitychange", () => page.look(document.hidden));
  window.addEventListener("online", () => page.socket.wake());
  window.addEventListener("pagehide", () => page.leave());
}
