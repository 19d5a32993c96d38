import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { AttachmentData } from "../wire.ts";
import { chatTools } from "./chat-tools.ts";
import { composerFoot } from "./composer-foot.ts";
import { imageSwitch, pictureWords, typedImage } from "../images/composer.ts";
import { isPicture } from "../images/picture-answer.ts";
import { icon } from "./icon.ts";
import type { LibraryPicker } from "./library-picker.ts";
import { LightElement } from "./light-element.ts";
import "./attachment-tray.ts";
import "./dictate-button.ts";
import "./library-picker.ts";
import { modelChips } from "./model-chips.ts";
import type { ModelPicker } from "./model-picker.ts";
import "./model-picker.ts";
import { OPTIONS, Slash } from "./slash.ts";

/** What `<webui-attachments>` offers to the composer; it fires "attachments" whenever one of these changes. */
interface AttachmentsSlot extends HTMLElement {
  /** Why the question cannot be sent with these files; empty when it can. */
  reason?: string;
  /** The ids of what is attached; from now on it belongs to the question that is sent. */
  take?(): string[];
  /** A question is written anew, and these were attached to it. */
  edit?(attachments: readonly AttachmentData[]): void;
  /** The question came back, and with it what was attached. */
  restore?(ids: string[]): void;
  /** Lets files be chosen. */
  pick?(): void;
}

const FULL = 5000; // characters that do not fit into the box at its tallest

/** Where the question is written. It never loses text: drafts are kept, and what is refused comes back. */
export class ChatComposer extends LightElement {
  static override properties = { page: { attribute: false }, editing: { attribute: false } };
  declare page: ChatPage;
  declare editing: Message | null;
  #text = "";
  #before = "";
  #chat: string | null | undefined;
  /** Where the # or @ stands that opened a list. */
  #sign = -1;
  #slash = new Slash(this, {
    box: () => this.#box,
    about: () => ({ language: this.page.boot.language, user: this.page.boot.user.name }),
    replace: (start, end, text) => this.#replace(start, end, text),
    fail: (sentence) => this.#fail(sentence),
  });

  constructor() {
    super();
    this.editing = null;
  }

  /** Writes this question anew, beside the old one. */
  edit(message: Message): void {
    this.editing = message;
    this.#text = message.text;
    this.page.images.turn(this.page.conversation.shown.some((one) => one.parent === message.id && isPicture(one)));
    this.#slot?.edit?.(message.attachments);
    void this.updateComplete.then(() => this.focusBox());
  }

  focusBox(): void {
    const box = this.#box;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }

  protected override willUpdate(): void {
    this.follow(this.page, this.page.conversation, this.page.choices, this.page.socket, this.page.limits, this.page.models, this.page.drafts, this.page.images);
    const { id } = this.page.conversation;
    if (this.#chat !== id) this.#moved(id);
    const news = this.page.drafts.takeNews(id);
    if (news !== null && !this.editing) this.#text = news;
    const returned = this.page.takeReturned();
    if (!returned) return;
    if (returned.edits !== null && !this.#text) this.editing = this.page.conversation.tree.get(returned.edits) ?? null;
    this.#write(this.#text ? `${returned.text}\n\n${this.#text}` : returned.text);
    if (returned.attachments.length) void this.updateComplete.then(() => this.#slot?.restore?.(returned.attachments));
  }

  /** An empty word is the beginning: what stands in the box then stays before what is said. */
  #dictated(event: CustomEvent<string>): void {
    if (!event.detail) this.#before = this.#text.trim() ? `${this.#text.trimEnd()} ` : "";
    else this.#write(this.#before + event.detail);
  }

  #fail(sentence: string): void {
    this.page.problem = sentence;
    this.requestUpdate();
  }

  #replace(start: number, end: number, text: string): void {
    this.#write(this.#text.slice(0, start) + text + this.#text.slice(end));
    void this.updateComplete.then(() => this.#box?.setSelectionRange(start + text.length, start + text.length));
  }

  /** Puts a suggestion into the box, above what is there. */
  suggest(text: string): void {
    this.#write(this.#text.trim() ? `${text.trimEnd()}\n\n${this.#text}` : text);
    void this.updateComplete.then(() => this.focusBox());
  }

  /** Another chat has another draft, but a new chat that was stored is the same one: what is typed stays. */
  #moved(id: string | null): void {
    const moved = this.#chat !== undefined;
    const becameReal = this.#chat === null && id !== null && this.page.conversation.shown.length > 0;
    this.#chat = id;
    if (becameReal) {
      this.page.drafts.keep(null, "");
      if (!this.editing) this.page.drafts.keep(id, this.#text);
      return;
    }
    this.#text = this.page.drafts.read(id);
    this.editing = null;
    // What the first chat has came with the page.
    if (moved) void this.page.drafts.look(id);
  }

  protected override updated(): void {
    const box = this.#box;
    if (!box) return;
    if (box.value !== this.#text) box.value = this.#text;
    // To measure a long text takes long, and it fills the box in any case.
    box.style.blockSize = this.#text.length > FULL ? "40dvh" : "auto";
    if (this.#text.length <= FULL) box.style.blockSize = `${box.scrollHeight}px`;
  }

  protected override render(): unknown {
    const { choices, problem } = this.page;
    return html`
      ${problem ? html`<div class="notice notice--error composer__problem" role="alert"><span>${problem}</span>
        <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Close")} @click=${() => this.page.dismissProblem()}>${icon("close")}</button></div>` : nothing}
      <form class="composer" @submit=${this.#submit}>
        ${this.#slash.render()}
        ${this.editing ? html`<div class="composer__editing"><span>${t("Editing your question: it is asked again beside the first one.")}</span>
          <span class="row"><button type="button" class="button button--quiet button--small" title=${t("The new wording takes its place, what follows stays; the first one is kept as a version")} @click=${() => void this.#saveOnly()}>${t("Save only")}</button>
          <button type="button" class="button button--quiet button--small" @click=${this.#cancelEdit}>${t("Cancel")}</button></span></div>` : nothing}
        ${this.#chips()}${modelChips(this.page)}
        <webui-attachments .page=${this.page} .editing=${this.editing} @attachments=${() => this.requestUpdate()}></webui-attachments>
        ${pictureWords(this.page)}
        <textarea class="composer__box bare" rows="1" dir="auto" aria-label=${t("Your question")}
          placeholder=${this.page.images.on ? t("What is the picture to show?") : t("Ask anything")} @input=${this.#typed} @keydown=${this.#key}
          aria-autocomplete="list" aria-controls=${this.#slash.open ? OPTIONS : nothing} aria-activedescendant=${this.#slash.active ?? nothing}
          @compositionend=${this.#composed} @blur=${() => this.#slash.close()}></textarea>
        <div class="composer__tools">
          <button type="button" class="tool" aria-label=${t("Attach files")} title=${t("Attach pictures or documents")} @click=${() => this.#slot?.pick?.()}>${icon("clip")}</button>
          <library-picker .choices=${choices} @picked=${() => this.#signTaken()}></library-picker>
          <button type="button" class="tool" aria-pressed=${choices.web && choices.webPossible} ?disabled=${!choices.webPossible} data-on=${choices.web && choices.webPossible ? "" : nothing}
            title=${choices.webPossible ? t("Search the web for this question") : t("Web search is not set up here. An administrator can add a search engine.")}
            @click=${() => choices.toggleWeb()}>${icon("globe")}<span class="tool__words">${t("Web")}</span></button>
          ${imageSwitch(this.page)}${chatTools(this.page)}
          <dictate-button .page=${this.page} @dictated=${this.#dictated} @spoken=${() => this.querySelector("form")?.requestSubmit()} @unheard=${(event: CustomEvent<string>) => this.#fail(event.detail)}></dictate-button>
          <span class="composer__end"><model-picker .page=${this.page} @picked=${() => this.#modelTaken()}></model-picker>${this.#mainButtons()}</span>
        </div>
      </form>
      ${composerFoot(this.page, this.#text)}
    `;
  }

  /** While an answer runs, Stop stands alone until something is typed: that is sent behind it. */
  #mainButtons(): unknown {
    const reason = this.#reason;
    const running = this.page.conversation.running.length > 0;
    return html`
      ${running ? html`<button type="button" class="send send--stop" aria-label=${t("Stop")} title=${t("Stop (Esc)")} @click=${() => this.page.stop()}>${icon("stop")}</button>` : nothing}
      ${running && !this.#text.trim() ? nothing : html`<button class="send" aria-label=${t("Send")} title=${reason || t("Send (Enter)")} aria-disabled=${reason ? "true" : "false"}>${icon("send")}</button>`}`;
  }

  #chips(): unknown {
    const { choices } = this.page;
    const chosen = choices.allLibraries.filter((library) => choices.libraries.includes(library.id));
    if (!chosen.length) return nothing;
    return html`<ul class="chips" aria-label=${t("Libraries asked")}>${chosen.map((library) => html`
      <li class="chip">${icon("book")}<bdi>${library.name}</bdi>
        <button type="button" aria-label=${t("Do not ask {name}", { name: library.name })} @click=${() => choices.toggleLibrary(library.id)}>${icon("close")}</button></li>`)}</ul>`;
  }

  /** Why sending is not possible now; empty when it is. */
  get #reason(): string {
    if (!this.page.images.on && !this.page.choices.model) return t("There is no model that you may use.");
    if (!this.page.images.on && this.page.choices.withdrawn) return this.page.choices.withdrawn;
    if (!this.#text.trim()) return t("Write a question first.");
    if (this.#slot?.reason) return this.#slot.reason;
    const { message: most } = this.page.boot.limits;
    if (this.#text.length > most) return t("This is longer than {n} characters. Put it into a library as a file and ask about it.", { n: most });
    return "";
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.#reason) return;
    const text = this.#text.trim();
    const edited = this.editing;
    this.editing = null;
    // What was begun before the edit is there again.
    this.#write(edited ? this.page.drafts.read(this.page.conversation.id) : "");
    const files = this.#slot?.take?.() ?? null;
    this.page.send(text, edited, files, this.page.images.on ? this.page.images.take(files) : undefined);
    this.page.choices.takeOnce(null);
    if (matchMedia("(pointer: fine)").matches) this.focusBox();
  }

  #typed(event: InputEvent): void {
    const box = event.target as HTMLTextAreaElement;
    this.#write(typedImage(this.page, box.value));
    this.#sign = -1;
    if (!event.isComposing) this.#came(box, event.data);
  }

  /** Input methods deliver ＃, ＠ and ／ only when they have composed them. */
  #composed(event: CompositionEvent): void {
    this.#came(event.target as HTMLTextAreaElement, event.data);
  }

  #came(box: HTMLTextAreaElement, data: string | null): void {
    this.#slash.typed(box, data);
    this.#signOpens(box, data);
  }

  /** At the start of a word # opens the libraries and @ the models; the sign leaves the text only when one is taken. */
  #signOpens(box: HTMLTextAreaElement, sign: string | null): void {
    const at = box.selectionStart - 1;
    const before = box.value[at - 1];
    if (!sign || !/^[#＃@＠]$/.test(sign) || (before !== undefined && !/\s/.test(before))) return;
    if (/[@＠]/.test(sign)) {
      if (this.page.models.all.length < 2) return;
      void this.querySelector<ModelPicker>("model-picker")?.show(true, "", { kind: "once" });
    } else {
      if (!this.page.choices.allLibraries.length) return;
      void this.querySelector<LibraryPicker>("library-picker")?.show();
    }
    this.#sign = at;
  }

  #signTaken(): void {
    const at = this.#sign;
    this.#sign = -1;
    if (at >= 0 && /[#＃@＠]/.test(this.#text[at] ?? "")) this.#write(this.#text.slice(0, at) + this.#text.slice(at + 1));
  }

  #modelTaken(): void {
    this.#signTaken();
    this.focusBox();
  }

  #key(event: KeyboardEvent): void {
    if (this.#slash.key(event)) return;
    if (event.key === "ArrowUp" && !this.#text && !event.isComposing && !this.editing) return this.#editLast(event);
    // While an input method composes, Enter takes a candidate; Safari says so only by the key code.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const breaks = document.documentElement.dataset["enter"] === "breaks";
    if (!event.ctrlKey && !event.metaKey && event.shiftKey !== breaks) return;
    event.preventDefault();
    this.querySelector("form")?.requestSubmit();
  }

  #editLast(event: KeyboardEvent): void {
    const last = this.page.conversation.shown.findLast(({ role, askedOn }) => role === "user" && !askedOn);
    if (!last) return;
    event.preventDefault();
    this.edit(last);
  }

  /** New words for the question, and no answer. */
  async #saveOnly(): Promise<void> {
    const { editing } = this;
    const text = this.#text.trim();
    if (!editing || !text) return;
    if (text === editing.text || (await this.page.versions.write(editing, text))) this.#cancelEdit();
  }

  #cancelEdit(): void {
    this.editing = null;
    this.#write(this.page.drafts.read(this.page.conversation.id));
  }

  #write(text: string): void {
    this.#text = text;
    if (!this.editing) this.page.drafts.keep(this.page.conversation.id, text);
    this.requestUpdate();
  }

  get #slot(): AttachmentsSlot | null {
    return this.querySelector<AttachmentsSlot>("webui-attachments");
  }

  get #box(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }
}

customElements.define("chat-composer", ChatComposer);
