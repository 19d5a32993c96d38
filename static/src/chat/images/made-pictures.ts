import { html, nothing } from "lit";
import { t, tn } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { showPicture } from "../elements/attached-files.ts";
import { icon } from "../elements/icon.ts";
import { LightElement } from "../elements/light-element.ts";
import type { Message } from "../message.ts";
import type { AttachmentData } from "../wire.ts";
import { isPicture } from "./picture-answer.ts";
import { PictureEditor } from "./picture-editor.ts";

const WIDEST = 400; // px in the thread

/** How far a picture is, and what came: each can be seen large, kept and changed. */
export class MadePictures extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;

  protected override willUpdate(): void {
    this.follow(this.message);
  }

  protected override render(): unknown {
    const { message } = this;
    const pictures = message.attachments.filter(({ kind }) => kind === "image");
    return html`
      ${pictures.length ? html`<ul class="made" aria-label=${t("Pictures that were made")}>${pictures.map((picture) => this.#picture(picture))}</ul>` : nothing}
      ${message.running && isPicture(message) ? this.#progress() : nothing}`;
  }

  #picture(picture: AttachmentData): unknown {
    const { id, name, width, height, made } = picture;
    const words = made?.prompt ?? name;
    const file = `/api/attachments/${id}/file`;
    const scale = Math.min(1, WIDEST / Math.max(width ?? WIDEST, height ?? WIDEST));
    return html`<li class="made__one">
      <button type="button" class="made__picture" aria-label=${t("Show {name}", { name: words })} @click=${() => showPicture(file, words)}>
        <img src="/api/attachments/${id}/thumbnail" alt=${words} loading="lazy" width=${Math.round((width ?? WIDEST) * scale)} height=${Math.round((height ?? WIDEST) * scale)}></button>
      <div class="made__tools">
        <a class="button button--quiet button--small" href=${file} download=${name}>${icon("latest")}<span>${t("Keep")}</span></a>
        ${this.page.boot.images ? html`<button type="button" class="button button--quiet button--small" @click=${() => this.#change(picture)}>${icon("edit")}<span>${t("Change…")}</span></button>` : nothing}
        ${made?.seed === undefined ? nothing : html`<span class="made__seed muted small" title=${t("Seed")}>${made.seed}</span>`}</div></li>`;
  }

  /** "", "queue 3", "40" or "40 2": percent, and the number of the newest preview. */
  #progress(): unknown {
    const { detail, id, stage } = this.message;
    const [first = "", second = ""] = stage === "drawing" ? detail.split(" ") : [];
    const waits = first === "queue" || !first;
    const percent = waits ? 0 : Number(first) || 0;
    const words = waits ? (second ? tn("{n} picture is drawn before this one", "{n} pictures are drawn before this one", Number(second)) : t("Waits for its turn…")) : percent ? t("Drawing: {n} %", { n: percent }) : t("Drawing…");
    return html`<div class="drawing">
      ${!waits && second ? html`<img class="drawing__preview" src="/api/images/${id}/preview?${second}" alt=${t("The picture as far as it is")}>` : html`<div class="drawing__preview drawing__preview--empty">${icon("image")}</div>`}
      <div class="drawing__state"><span>${words}</span>
        ${percent ? html`<progress class="meter__bar" max="100" .value=${percent} aria-label=${words}></progress>` : html`<progress class="meter__bar" aria-label=${words}></progress>`}
        <button type="button" class="button button--small" @click=${() => this.page.socket.send({ type: "stop", message: id })}>${t("Stop")}</button></div></div>`;
  }

  #change(picture: AttachmentData): void {
    document.body.append(Object.assign(new PictureEditor(), { page: this.page, picture }));
  }
}

customElements.define("made-pictures", MadePictures);
