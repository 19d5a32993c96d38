// A notification of the system when an answer is there and nobody looks at the page. Only for whoever switched it on.
import { t } from "../i18n.ts";
import type { ChatPage } from "./chat-page.ts";

const told = new Set<string>();

/** The chats that were answered since somebody looked, each once. */
export function tellOutside(page: ChatPage): void {
  const news = page.hidden && document.documentElement.dataset["notify"] === "on" ? [...page.list.unseen] : [];
  for (const chat of told) if (!page.list.unseen.has(chat)) told.delete(chat);
  for (const chat of news.filter((one) => !told.has(one))) {
    told.add(chat);
    if ("Notification" in window && Notification.permission === "granted") notify(page, chat);
  }
}

/** Without the answer itself: who stands beside the screen is not to read it. */
function notify(page: ChatPage, chat: string): void {
  const title = page.list.chats.find(({ id }) => id === chat)?.title || t("Untitled chat");
  const notice = new Notification(t("An answer is there"), { body: title, tag: chat });
  notice.onclick = () => {
    notice.close();
    window.focus();
    document.dispatchEvent(new CustomEvent("open-chat", { detail: chat }));
  };
}
