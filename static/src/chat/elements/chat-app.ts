import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { type Act, actOf } from "../keys.ts";
import type { Message } from "../message.ts";
import { tellOutside } from "../notify.ts";
import type { ChatComposer } from "./chat-composer.ts";
import "./chat-composer.ts";
import "./chat-sidebar.ts";
import type { ChatThread } from "./chat-thread.ts";
import "./chat-thread.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { loadFinding, loadKeeping, loadLater, loadReader } from "./load-later.ts";
import type { ModelPicker, Purpose } from "./model-picker.ts";
import { loadSheet } from "../../sheets.ts";
import "./source-panel.ts";

const NARROW = matchMedia("(max-width: 52rem)");
const FINE = matchMedia("(pointer: fine)");
const SIDEBAR = "sidebar";

/** The chat page: list, thread, composer, sources; routes and keys. */
export class ChatApp extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #drawer = false;
  #temporary = false;
  #column = localStorage.getItem(SIDEBAR) !== "hidden";

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("click", this.#routed);
    this.addEventListener("edit", (event) => this.#composer?.edit((event as CustomEvent<Message>).detail));
    this.addEventListener("suggest", (event) => this.#composer?.suggest((event as CustomEvent<string>).detail));
    this.addEventListener("choose-model", (event) => this.#chooseModel((event as CustomEvent<Purpose | undefined>).detail));
    this.addEventListener("gone", () => this.#go("/"));
    this.addEventListener("hide", () => this.#toggleList(false));
    this.addEventListener("route", (event) => this.#go((event as CustomEvent<string>).detail));
    window.addEventListener("popstate", () => void this.page.open(chatOf(location.pathname), messageOf(location.hash)));
    document.addEventListener("keydown", this.#key);
    document.addEventListener("open-chat", (event) => this.#go(`/c/${(event as CustomEvent<string>).detail}/`));
    NARROW.addEventListener("change", () => this.requestUpdate());
    void this.updateComplete.then(() => {
      if (FINE.matches) this.#composer?.focusBox();
    });
  }

  /** The box; a finger there would be given a keyboard. */
  protected override get home(): HTMLElement | null {
    return (FINE.matches && this.querySelector<HTMLElement>(".composer__box")) || this.querySelector("main");
  }

  /** The model comes from the entry script, right after the element itself. */
  protected override shouldUpdate(): boolean {
    return Boolean(this.page);
  }

  protected override willUpdate(): void {
    if (!this.page) return;
    const { page } = this;
    this.follow(page, page.socket, page.conversation, page.list, page.aside, page.removals, page.keeping);
    if (page.aside.ledger || page.aside.differences) void loadLater().catch(() => page.lacks());
    if (this.#temporary !== Boolean(page.keeping.temporary)) {
      this.#temporary = !this.#temporary;
      this.#drawer = false;
      if (!this.#temporary && FINE.matches) void this.updateComplete.then(() => this.#composer?.updateComplete).then(() => this.#composer?.focusBox());
    }
    if (page.keeping.dialog || page.keeping.temporary) void loadKeeping().catch(() => page.lacks());
    if (page.keeping.finding) void loadFinding().catch(() => page.lacks());
    if (page.aside.reader) void loadReader().catch(() => page.lacks());
    const { id, title } = page.conversation;
    if (id && location.pathname === "/") history.replaceState(null, "", `/c/${id}/`);
    tellOutside(page);
    const news = page.hidden && page.list.unseen.size ? "● " : "";
    document.title = news + (title ? `${title} · webui` : "webui");
  }

  protected override render(): unknown {
    const { page } = this;
    const listShown = NARROW.matches ? this.#drawer : this.#column;
    return html`<div class="chat" data-list=${listShown ? "shown" : "hidden"}>
      <chat-sidebar class="sidebar" role="complementary" aria-label=${t("List of chats")} ?inert=${!listShown} .page=${page}></chat-sidebar>
      ${NARROW.matches && this.#drawer ? html`<div class="chat__veil" @click=${() => this.#toggleList(false)}></div>` : nothing}
      <main class="chat__main" id="main" tabindex="-1" ?inert=${NARROW.matches && this.#drawer}>
        ${page.conversation.id && !page.keeping.temporary ? html`<h1 class="visually-hidden"><bdi>${page.conversation.title || t("Untitled chat")}</bdi></h1>` : nothing}
        ${listShown && !NARROW.matches ? nothing : this.#head()}
        ${page.socket.troubled ? html`<div class="reconnecting" role="status"><span class="status__dot"></span>${navigator.onLine ? t("Connection lost. Reconnecting…") : t("You are offline. What you send is kept, and goes out when the line is back.")}</div>` : nothing}
        ${page.keeping.finding && !page.keeping.temporary ? html`<find-bar .page=${page}></find-bar>` : nothing}
        ${page.keeping.temporary ? html`<temporary-chat .page=${page} .chat=${page.keeping.temporary}></temporary-chat>` : html`<chat-thread class="chat__thread" .page=${page}></chat-thread>
        <div class="chat__foot"><chat-composer .page=${page}></chat-composer></div>`}
      </main>
      <source-panel class="chat__sources" .page=${page}></source-panel>
      ${page.aside.ledger ? html`<ledger-panel class="chat__sources" .page=${page}></ledger-panel>` : nothing}
      ${page.aside.differences ? html`<differences-panel class="chat__sources" .page=${page}></differences-panel>` : nothing}
      ${page.aside.reader ? html`<reader-panel class="chat__sources" .page=${page}></reader-panel>` : nothing}
      ${page.keeping.dialog ? html`<keep-dialog .page=${page}></keep-dialog>` : nothing}
      ${this.#undo()}
    </div>`;
  }

  #head(): unknown {
    const { page } = this;
    const title = page.keeping.temporary ? "" : page.conversation.title;
    return html`<div class="chat__head">
      <button type="button" class="button button--quiet button--icon" aria-label=${t("Show the list of chats")} title=${t("Show the list of chats")} aria-expanded="false" @click=${() => this.#toggleList(true)}>${icon("panel")}</button>
      <span class="chat__title"><bdi>${title}</bdi></span>
      <a class="button button--quiet button--icon" href="/" data-route aria-label=${t("New chat")} title=${t("New chat")}>${icon("plus")}</a></div>`;
  }

  #undo(): unknown {
    return html`<div class="toasts" role="status">${this.page.list.doomed.map((item) => html`<div class="toast">
      <span>${item.chats.length > 1 ? t("Deleted {n} chats.", { n: item.chats.length }) : t("Deleted “{title}”.", { title: item.chats[0]?.title || t("Untitled chat") })}</span>
      <button type="button" class="toast__action" @click=${() => this.page.list.undo(item)}>${t("Undo")}</button></div>`)}${this.page.removals.pending.map((removal) => html`<div class="toast">
      <span>${removal.message.role === "user" ? t("The question was deleted.") : t("The answer was deleted.")}</span>
      <button type="button" class="toast__action" @click=${() => this.page.removals.undo(removal)}>${t("Undo")}</button></div>`)}</div>`;
  }

  #routed = (event: MouseEvent): void => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-route]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#go(link.pathname + link.hash);
  };

  #go(path: string): void {
    this.page.keeping.endTemporary();
    this.#drawer = false;
    if (path !== location.pathname + location.hash) history.pushState(null, "", path);
    void this.page.open(chatOf(path), messageOf(new URL(path, location.href).hash));
    if (FINE.matches) void this.updateComplete.then(() => this.#composer?.focusBox());
  }

  #toggleList(show: boolean): void {
    if (NARROW.matches) this.#drawer = show;
    else {
      this.#column = show;
      localStorage.setItem(SIDEBAR, show ? "shown" : "hidden");
    }
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(show ? ".new-chat" : ".chat__head button")?.focus());
  }

  #key = (event: KeyboardEvent): void => {
    const act = actOf(event);
    // The second press is the browser's own search.
    if (act === "find" && (this.querySelector("find-bar :focus") || !this.page.conversation.id || this.page.keeping.temporary)) return;
    if (act) {
      event.preventDefault();
      void this.#do(act);
      return;
    }
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (NARROW.matches && this.#drawer) this.#toggleList(false);
    else if (this.page.aside.open) this.page.aside.hide();
    else if (this.page.conversation.running.length) this.page.stop();
  };

  async #do(act: Act): Promise<void> {
    const thread = this.querySelector<ChatThread>("chat-thread");
    if (act === "new") this.#go("/");
    if (act === "box") this.#composer?.focusBox();
    if (act === "list") this.#toggleList(NARROW.matches ? !this.#drawer : !this.#column);
    if (act === "models") this.#chooseModel(undefined);
    if (act === "find") this.#find();
    if (act === "earlier") thread?.step(-1);
    if (act === "later") thread?.step(1);
    if (act === "copy") [...this.querySelectorAll("copy-menu")].at(-1)?.querySelector("button")?.click();
    if (act === "palette") this.page.keeping.ask({ kind: "palette" });
    if (act === "help") await this.#showKeys();
  }

  #find(): void {
    this.page.keeping.find(true);
    this.querySelector<HTMLInputElement>("find-bar input")?.select();
  }

  async #showKeys(): Promise<void> {
    const [{ KeyList }] = await Promise.all([import("./key-list.ts"), loadSheet("later")]).catch(() => [{ KeyList: null }]);
    if (KeyList) this.appendChild(new KeyList()).show();
    else this.page.lacks();
  }

  #chooseModel(purpose: Purpose | null | undefined): void {
    void this.querySelector<ModelPicker>("model-picker")?.show(true, "", purpose ?? undefined);
  }

  get #composer(): ChatComposer | null {
    return this.querySelector("chat-composer");
  }
}

function chatOf(path: string): string | null {
  return /^\/c\/([0-9a-f-]{36})\//.exec(path)?.[1] ?? null;
}

export function messageOf(hash: string): number | null {
  return Number(/^#m(\d{1,15})$/.exec(hash)?.[1]) || null;
}

customElements.define("chat-app", ChatApp);
