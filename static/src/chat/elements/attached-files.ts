// The files of a question that was asked: pictures as thumbnails that open large, documents as names to be kept.
import { html, nothing, render } from "lit";
import { t } from "../../i18n.ts";
import type { AttachmentData } from "../wire.ts";
import { icon } from "./icon.ts";

const TALLEST = 224; // px of a thumbnail in the thread

export function attachedFiles(files: readonly AttachmentData[]): unknown {
  if (!files.length) return nothing;
  const pictures = files.filter(({ kind }) => kind === "image");
  const documents = files.filter(({ kind }) => kind !== "image");
  return html`<div class="attached">
    ${pictures.length ? html`<ul class="attached__pictures" aria-label=${t("Attached pictures")}>${pictures.map(picture)}</ul>` : nothing}
    ${documents.length ? html`<ul class="attached__files" aria-label=${t("Attached files")}>${documents.map(paper)}</ul>` : nothing}
  </div>`;
}

/** Its place is kept before it is loaded. */
function picture({ id, name, width, height }: AttachmentData): unknown {
  const scale = Math.min(1, TALLEST / (height ?? TALLEST), 320 / (width ?? 320));
  return html`<li><button type="button" class="attached__picture" aria-label=${t("Show {name}", { name })} title=${name} @click=${() => showPicture(`/api/attachments/${id}/file`, name)}>
    <img src="/api/attachments/${id}/thumbnail" alt=${name} loading="lazy" width=${Math.round((width ?? 320) * scale)} height=${Math.round((height ?? TALLEST) * scale)}></button></li>`;
}

function paper({ id, name, size, state, error }: AttachmentData): unknown {
  const failed = state === "failed";
  return html`<li><a class="file" data-state=${state} href="/api/attachments/${id}/file" download=${name} title=${failed ? (error ?? "") : t("Keep a copy of {name}", { name })}>
    <span class="file__icon">${icon(failed ? "alert" : "file")}</span><span class="file__words"><bdi>${name}</bdi><small>${failed ? error : fileSize(size)}</small></span></a></li>`;
}

/** Large, over everything; closes on Escape, on its button and on a click beside it. */
export function showPicture(address: string, name: string): void {
  const dialog = document.createElement("dialog");
  dialog.className = "lightbox";
  dialog.setAttribute("aria-label", name);
  render(html`
    <header class="lightbox__head"><bdi>${name}</bdi>
      <a class="button button--quiet button--icon" href=${address} download=${name} aria-label=${t("Keep a copy of {name}", { name })} title=${t("Keep a copy of {name}", { name })}>${icon("latest")}</a>
      <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} autofocus @click=${() => dialog.close()}>${icon("close")}</button></header>
    <img class="lightbox__picture" src=${address} alt=${name}>`, dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // Escape is the dialog's own here, and stops no answer.
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function fileSize(bytes: number): string {
  if (bytes < 1000) return t("{n} bytes", { n: bytes });
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
