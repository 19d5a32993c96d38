import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { getJson, postJson, remove } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { copyText } from "../chat/elements/clipboard.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";

interface ShareLink {
  id: number;
  chat: string;
  title: string;
  path: string;
  passages: boolean;
  expires_at: string | null;
  expired: boolean;
}

/** Makes a link under which the shown path of a chat can be read, and lists all links of this person. */
export class ShareForm extends LightElement {
  static override properties = { page: { attribute: false }, chat: { attribute: false } };
  declare page: ChatPage;
  declare chat: string | null;
  #links: ShareLink[] | null = null;
  #allowed = true;
  #problem = "";

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>("select, [data-close]")?.focus();
    void this.#try(async () => {
      const { links, allowed } = await getJson<{ links: ShareLink[]; allowed: boolean }>("/api/shares");
      this.#links = links;
      this.#allowed = allowed;
    });
  }

  protected override render(): unknown {
    return html`<div class="stack">
      <h2 class="keep__title">${this.chat ? t("Share") : t("My links")}</h2>
      ${this.#problem ? html`<div class="notice notice--error" role="alert">${this.#problem}</div>` : nothing}
      ${!this.#allowed ? html`<p class="notice notice--warn">${t("The administrator of this server does not allow chats to be shared. Links lead nowhere.")}</p>` : this.chat ? this.#form() : nothing}
      ${this.#links === null ? nothing : this.#list(this.#links.filter(({ chat }) => !this.chat || chat === this.chat))}
      <div class="keep__acts"><span class="keep__gap"></span><button type="button" class="button" data-close @click=${() => this.page.keeping.done()}>${t("Close")}</button></div>
    </div>`;
  }

  #form(): unknown {
    return html`<form class="stack" @submit=${this.#make}>
      <p class="muted">${t("Whoever opens the link reads what is shown of this chat now, without later questions and without other versions. Nothing can be changed there.")}</p>
      <div class="field"><label for="share-days">${t("The link is good for")}</label>
        <select id="share-days" name="days"><option value="1">${t("a day")}</option><option value="7" selected>${t("a week")}</option><option value="30">${t("30 days")}</option><option value="">${t("ever, until it is revoked")}</option></select></div>
      <label class="keep__check"><input type="checkbox" name="passages">${t("Show the passages of its sources, too")}</label>
      <div class="keep__acts"><span class="keep__gap"></span><button type="submit" class="button button--primary">${icon("link")}${t("Make a link")}</button></div>
    </form>`;
  }

  #list(links: ShareLink[]): unknown {
    if (!links.length) return this.chat ? nothing : html`<p class="muted">${t("You have shared nothing. “Share” in the menu of a chat makes a link to it, for as long as you say.")}</p>`;
    const language = this.page.boot.language;
    const label = this.chat ? t("Links to this chat") : t("My links");
    return html`${this.chat ? html`<h3 class="keep__label">${label}</h3>` : nothing}<ul class="keep__links" aria-label=${label}>${links.map((link) => html`<li>
      <span><a href=${link.path} target="_blank" rel="noopener">${this.chat ? html`<bdi class="keep__address">${location.host}${link.path}</bdi>` : html`<bdi>${link.title || t("Untitled chat")}</bdi>`}</a>
        <small class="muted">${link.expired ? t("has run out") : link.expires_at ? t("until {day}", { day: new Date(link.expires_at).toLocaleDateString(language) }) : t("until it is revoked")}${link.passages ? ` · ${t("with passages")}` : ""}</small></span>
      <button type="button" class="button button--small" @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, new URL(link.path, location.href).href)}>${t("Copy the link")}</button>
      <button type="button" class="button button--small" @click=${() => this.#revoke(link)}>${t("Revoke")}</button></li>`)}</ul>`;
  }

  #make = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    void this.#try(async () => {
      const link = await postJson<ShareLink>(`/api/chats/${this.chat}/shares`, { days: Number(form.get("days")) || null, passages: form.has("passages") });
      this.#links = [link, ...(this.#links ?? [])];
      this.requestUpdate();
      await this.updateComplete;
      this.querySelector<HTMLElement>(".keep__links button")?.focus();
    });
  };

  #revoke(link: ShareLink): void {
    void this.#try(async () => {
      await remove(`/api/shares/${link.id}`);
      this.#links = (this.#links ?? []).filter((other) => other !== link);
      this.requestUpdate();
      // The button that had the focus goes with its line.
      await this.updateComplete;
      this.querySelector<HTMLElement>(".keep__links button, [data-close]")?.focus();
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      this.#problem = "";
      await work();
    } catch (error) {
      this.#problem = (error as Error).message;
    }
    this.requestUpdate();
  }
}

customElements.define("share-form", ShareForm);
