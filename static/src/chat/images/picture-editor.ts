import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { ApiError } from "../api.ts";
import { sendFile } from "../attachment-upload.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "../elements/icon.ts";
import { LightElement } from "../elements/light-element.ts";
import type { AttachmentData } from "../wire.ts";
import { Brush } from "./brush.ts";
import { type ImageServer, imageServers } from "./servers.ts";

/** A picture is to be changed: in words, and where, painted over with a brush. Without paint all of it may change. */
export class PictureEditor extends LightElement {
  declare page: ChatPage;
  declare picture: AttachmentData;
  #servers: ImageServer[] = [];
  #server = "";
  #brush: Brush | null = null;
  #problem = "";
  #busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      this.querySelector("dialog")?.showModal();
      const canvas = this.querySelector("canvas");
      if (canvas) this.#brush = new Brush(canvas);
    });
    void this.#load();
  }

  protected override render(): unknown {
    const { id, width, height, made, name } = this.picture;
    return html`<dialog class="picture-editor" aria-labelledby="picture-editor-title" @close=${() => this.remove()} @keydown=${this.#key}>
      <form class="stack" @submit=${this.#submit}>
        <header class="spread"><h2 id="picture-editor-title">${t("Change this picture")}</h2>
          <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></header>
        ${this.#problem ? html`<p class="notice notice--error" role="alert">${this.#problem}</p>` : nothing}
        <div class="picture-editor__stage">
          <img src="/api/attachments/${id}/file" alt=${made?.prompt ?? name}>
          <canvas width=${width ?? 512} height=${height ?? 512} aria-label=${t("Paint over what is to change")}
            @pointerdown=${(event: PointerEvent) => this.#paint(() => this.#brush?.begin(event))} @pointermove=${(event: PointerEvent) => this.#brush?.move(event)}
            @pointerup=${() => this.#brush?.end()} @pointercancel=${() => this.#brush?.end()}></canvas></div>
        <div class="picture-editor__tools">
          <label>${t("Brush")} <input type="range" min="8" max="120" value="48" @input=${(event: Event) => this.#brush && (this.#brush.width = Number((event.target as HTMLInputElement).value))}></label>
          <button type="button" class="button button--small" ?disabled=${!this.#brush || this.#brush.empty} @click=${() => this.#paint(() => this.#brush?.undo())}>${t("Undo")}</button>
          <span class="muted small">${!this.#brush || this.#brush.empty ? t("Paint over what is to change. Without paint, all of it may.") : t("Only what is painted over may change.")}</span></div>
        <div class="field"><label for="picture-editor-words">${t("What it is to show")}</label>
          <textarea id="picture-editor-words" name="words" rows="3" dir="auto" maxlength="4000" required .value=${made?.prompt ?? ""}></textarea></div>
        ${this.#servers.length > 1 ? html`<div class="field"><label for="picture-editor-server">${t("Made by")}</label>
          <select id="picture-editor-server" @change=${(event: Event) => (this.#server = (event.target as HTMLSelectElement).value)}>${this.#servers.map(({ id: one, name: words }) => html`<option value=${one}>${words}</option>`)}</select></div>` : nothing}
        <div class="row picture-editor__acts"><button type="button" class="button" @click=${this.#close}>${t("Cancel")}</button>
          <button class="button button--primary" ?disabled=${this.#busy || !this.#server}>${t("Change it")}</button></div>
      </form></dialog>`;
  }

  #paint(act: () => void): void {
    act();
    this.requestUpdate();
  }

  #close = (): void => this.querySelector("dialog")?.close();

  /** The page behind would stop an answer. */
  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") event.stopPropagation();
  }

  async #load(): Promise<void> {
    try {
      this.#servers = (await imageServers()).filter(({ edits }) => edits);
      this.#server = this.#servers.find(({ name }) => name === this.picture.made?.server)?.id ?? this.#servers[0]?.id ?? "";
      if (!this.#server) this.#problem = t("None of the servers that you may use changes pictures.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    }
    this.requestUpdate();
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const words = this.querySelector("textarea")?.value.trim() ?? "";
    if (!words || this.#busy) return;
    this.#busy = true;
    this.requestUpdate();
    try {
      const mask = this.#brush && !this.#brush.empty ? await this.#sentMask(this.#brush) : "";
      this.page.send(words, null, null, { server: this.#server, edits: this.picture.id, ...(mask ? { mask } : {}) });
      this.#close();
    } catch (error) {
      this.#problem = (error as Error).message;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  };

  async #sentMask(brush: Brush): Promise<string> {
    const blob = await brush.mask();
    if (!blob) throw new Error(t("The browser could not make a picture of what was painted."));
    return new Promise((done, failed) => {
      sendFile(new File([blob], "mask.png", { type: "image/png" }), {
        progress: () => undefined,
        done: ({ id }) => done(id),
        failed: (sentence) => failed(new Error(sentence)),
      });
    });
  }
}

customElements.define("picture-editor", PictureEditor);
