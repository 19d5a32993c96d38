// One file on its way to the server; says how much of it has gone, and can be called off.
import { t } from "../i18n.ts";
import type { AttachmentData } from "./wire.ts";

export interface Sending {
  progress(share: number): void;
  done(data: AttachmentData): void;
  /** `again`: trying once more may help. */
  failed(sentence: string, again: boolean): void;
}

/** Returns what calls it off. */
export function sendFile(file: File, to: Sending): () => void {
  // XMLHttpRequest: fetch does not say how much of a body has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", "/api/attachments");
  request.setRequestHeader("X-CSRFToken", document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "");
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) to.progress(event.loaded / event.total);
  });
  request.addEventListener("load", () => answered(request, to));
  request.addEventListener("error", () => to.failed(t("The connection broke while this file was sent."), true));
  const body = new FormData();
  body.append("file", file, file.name);
  request.send(body);
  return () => request.abort();
}

function answered(request: XMLHttpRequest, to: Sending): void {
  const body = parsed(request.responseText);
  if (request.status === 201 && body) return to.done(body as unknown as AttachmentData);
  if (request.status === 413 && !body) return to.failed(t("This file is larger than the server takes."), false);
  const sentence = body?.["detail"];
  const lasting = request.status >= 400 && request.status < 500 && ![401, 408, 409, 429].includes(request.status);
  to.failed(typeof sentence === "string" ? sentence : t("The server refused this ({status}). Try again, or reload the page.", { status: request.status }), !lasting);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
