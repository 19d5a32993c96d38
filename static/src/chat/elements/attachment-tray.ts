import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../../i18n.ts";
import { type Arrivals, pastedName, watchArrivals } from "../attachment-arrivals.ts";
import { type Attached, Attachments } from "../attachments.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { AttachmentData, ModelChoice } from "../wire.ts";
import { fileSize, showPicture } from "./attached-files.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

const PICTURES = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff";
const MOST_NAMED = 3;

/** The files of the question in the composer around it. Says "attachments" whenever something about them changes. */
export class AttachmentTray extends LightElement {
  static override properties = { page: { attribute: false }, editing: { attribute: false } };
  declare page: ChatPage;
  declare editing: Message | null;
  #files: Attachments | null = null;
  #chat: string | null | undefined;
  #hovering = false;
  /** A long text that was pasted into the box, and the file it has become. */
  #pasted: { text: string; file: string | null } | null = null;
  #stop = (): void => {};

  constructor() {
    super();
    this.editing = null;
  }

  /** Why the question cannot be sent with these files; empty when it can. */
  get reason(): string {
    const reason = this.#files?.reason ?? "";
    return reason || (this.#blind ? this.#blindWords : "");
  }

  take(): string[] {
    this.#pasted = null;
    return this.#files?.take() ?? [];
  }

  edit(files: readonly AttachmentData[]): void {
    this.#files?.edit(files);
  }

  restore(ids: string[]): void {
    void this.#files?.restore(ids);
  }

  /** Opens the computer's own choice of files; on a phone also the camera. */
  pick(): void {
    this.querySelector<HTMLInputElement>("input[type=file]")?.click();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const form = this.closest("form");
    if (!form) return;
    const stop = watchArrivals(form, this.#arrivals);
    form.addEventListener("input", this.#typed);
    this.#stop = () => {
      stop();
      form.removeEventListener("input", this.#typed);
    };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  protected override willUpdate(changes: Map<string, unknown>): void {
    this.#files ??= new Attachments(this.page.boot.user.email);
    this.follow(this.#files, this.page, this.page.choices, this.page.models);
    const { conversation } = this.page;
    if (this.#chat !== conversation.id) {
      this.#files.moveTo(conversation.id, this.#chat === null && conversation.id !== null && conversation.shown.length > 0);
      this.#chat = conversation.id;
      this.#pasted = null;
    }
    if (changes.has("editing") && changes.get("editing") && !this.editing) this.#files.cancelEdit();
  }

  protected override updated(): void {
    this.dispatchEvent(new Event("attachments"));
  }

  protected override render(): unknown {
    const files = this.#files?.files ?? [];
    const { accept } = this.page.boot.limits;
    return html`
      <input type="file" class="visually-hidden" multiple tabindex="-1" aria-hidden="true" accept=${[PICTURES, ...(accept ?? [])].join(",")} @change=${this.#chosen}>
      ${files.length ? html`<ul class="tray" aria-label=${t("Attached files")}>${repeat(files, ({ key }) => key, (file) => this.#chip(file))}</ul>` : nothing}
      ${this.#notes()}
      <div class="tray__drop" ?hidden=${!this.#hovering}><span>${icon("clip")}${t("Drop files here to ask about them")}</span></div>
      <div class="visually-hidden" role="status">${this.#said(files)}</div>`;
  }

  #chip(file: Attached): unknown {
    const { data, name, error, progress } = file;
    const picture = file.preview || (data?.kind === "image" ? `/api/attachments/${data.id}/thumbnail` : "");
    const state = error ? "failed" : !data ? "sending" : data.state;
    return html`<li class="file" data-state=${state} title=${error || name}>
      ${picture ? html`<button type="button" class="file__picture" aria-label=${t("Show {name}", { name })} @click=${() => showPicture(data ? `/api/attachments/${data.id}/file` : picture, name)}>
        <img src=${picture} alt="" @error=${(event: Event) => (event.target as HTMLElement).remove()}></button>` : html`<span class="file__icon">${icon(error ? "alert" : "file")}</span>`}
      <span class="file__words"><bdi>${name}</bdi><small>${this.#words(state, file)}</small></span>
      ${state === "sending" ? html`<progress class="file__progress" max="1" .value=${progress} aria-label=${t("Sending {name}", { name })}></progress>` : nothing}
      ${error && file.again ? html`<button type="button" class="file__act" aria-label=${t("Try {name} again", { name })} title=${t("Try again")} @click=${() => this.#files?.retry(file)}>${icon("again")}</button>` : nothing}
      <button type="button" class="file__act" aria-label=${t("Remove {name}", { name })} title=${t("Remove")} @click=${() => this.#drop(file)}>${icon("close")}</button></li>`;
  }

  #words(state: string, file: Attached): string {
    if (file.error) return file.error;
    if (state === "sending") return file.progress < 1 ? t("{n} % sent", { n: Math.round(file.progress * 100) }) : t("Being opened…");
    if (state === "reading") return t("Being read…");
    return fileSize(file.data?.size ?? file.size);
  }

  #notes(): unknown {
    const problem = this.#files?.problem ?? "";
    return html`
      ${problem ? html`<p class="tray__note tray__note--error" role="alert">${icon("alert")}<span>${problem}</span></p>` : nothing}
      ${this.#blind ? this.#blindNote() : nothing}
      ${this.#pasted ? this.#pastedNote(this.#pasted) : nothing}`;
  }

  /** The model that is to be asked about pictures and does not see. */
  get #blind(): ModelChoice | null {
    const { model } = this.page.choices;
    return this.#files?.pictures && model && !model.badges.includes("vision") ? model : null;
  }

  get #blindWords(): string {
    return t("{model} cannot look at pictures. Choose a model that can, or remove them.", { model: this.#blind?.name ?? "" });
  }

  #blindNote(): unknown {
    const able = this.page.models.all.filter(({ badges, available, why }) => badges.includes("vision") && available && !why);
    const words = able.length
      ? t("{model} cannot look at pictures. These can:", { model: this.#blind?.name ?? "" })
      : t("{model} cannot look at pictures, and there is no model here that can. Remove them, or ask an administrator.", { model: this.#blind?.name ?? "" });
    return html`<p class="tray__note" role="status">${icon("eye")}<span>${words}</span>${able.slice(0, MOST_NAMED).map((model) => html`
      <button type="button" class="button button--small" @click=${() => this.page.choices.choose(model.id)}>${this.page.models.nameOf(model.id)}</button>`)}</p>`;
  }

  #pastedNote({ text, file }: { text: string; file: string | null }): unknown {
    return file
      ? html`<p class="tray__note" role="status">${icon("file")}<span>${t("The pasted text is a file now.")}</span>
        <button type="button" class="button button--small" @click=${this.#undoFile}>${t("Undo")}</button></p>`
      : html`<p class="tray__note" role="status">${icon("file")}<span>${t("A long text: {n} characters.", { n: text.length })}</span>
        <button type="button" class="button button--small" @click=${this.#makeFile}>${t("Attach it as a file")}</button>
        <button type="button" class="button button--quiet button--small" @click=${this.#dismiss}>${t("Leave it")}</button></p>`;
  }

  #arrivals: Arrivals = {
    files: (files) => this.#files?.add(files),
    folder: (name) => this.#files?.refuse(t("“{name}” is a folder. Drop the files in it instead.", { name })),
    longText: (text, huge) => (huge ? this.#becomeFile(text) : this.#show(() => (this.#pasted = { text, file: null }))),
    hovering: (over) => this.#hovering !== over && this.#show(() => (this.#hovering = over)),
  };

  /** The long text is gone again: there is nothing to offer. */
  #typed = (): void => {
    if (this.#pasted && !this.#pasted.file && !this.#box?.value.includes(this.#pasted.text)) this.#show(() => (this.#pasted = null));
  };

  #chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#files?.add([...(input.files ?? [])]);
    input.value = "";
    this.#box?.focus();
  };

  #drop(file: Attached): void {
    this.#files?.drop(file);
    this.#box?.focus();
  }

  #makeFile = (): void => {
    const box = this.#box;
    if (!box || !this.#pasted) return;
    const { text } = this.#pasted;
    const at = box.value.lastIndexOf(text);
    if (at >= 0) this.#type(box.value.slice(0, at) + box.value.slice(at + text.length), at);
    this.#becomeFile(text);
  };

  #becomeFile(text: string): void {
    const name = pastedName(".txt");
    this.#show(() => (this.#pasted = { text, file: name }));
    this.#files?.add([new File([text], name, { type: "text/plain" })]);
  }

  #undoFile = (): void => {
    const pasted = this.#pasted;
    const file = this.#files?.files.find(({ name }) => name === pasted?.file);
    if (file) this.#files?.drop(file);
    // What is too long for a question could not be sent from the box either.
    if (pasted && this.#box && pasted.text.length <= this.page.boot.limits.message) this.#type(this.#box.value + pasted.text, this.#box.value.length + pasted.text.length);
    this.#dismiss();
  };

  #dismiss = (): void => {
    this.#show(() => (this.#pasted = null));
    this.#box?.focus();
  };

  /** Writes into the composer's box as a person would. */
  #type(text: string, caret: number): void {
    const box = this.#box;
    if (!box) return;
    box.value = text;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    box.focus();
    box.setSelectionRange(caret, caret);
  }

  #said(files: readonly Attached[]): string {
    return files.length && !this.#files?.reason ? t("All files are ready.") : "";
  }

  #show(change: () => void): void {
    change();
    this.requestUpdate();
  }

  get #box(): HTMLTextAreaElement | null {
    return this.closest("form")?.querySelector("textarea") ?? null;
  }
}

customElements.define("webui-attachments", AttachmentTray);
