// Files on their way to the server, two at a time; each says how much of it has gone.
import { t } from "../i18n.ts";
import type { Taken } from "./wire.ts";

const AT_ONCE = 2;

export interface Upload {
  readonly file: File;
  readonly path: string;
  progress(share: number): void;
  done(taken: Taken): void;
  /** `again`: trying once more may help. */
  failed(sentence: string, again: boolean): void;
}

export class Uploads {
  readonly #address: string;
  readonly #token: string;
  readonly #waiting: Upload[] = [];
  #running = 0;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  get busy(): boolean {
    return this.#running + this.#waiting.length > 0;
  }

  add(upload: Upload): void {
    this.#waiting.push(upload);
    this.#next();
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const upload = this.#waiting.shift();
      if (!upload) return;
      this.#running += 1;
      this.#send(upload);
    }
  }

  #send(upload: Upload): void {
    // XMLHttpRequest: fetch does not say how much of a body has been sent.
    const request = new XMLHttpRequest();
    request.open("POST", this.#address);
    request.setRequestHeader("X-CSRFToken", this.#token);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) upload.progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => answer(request, upload));
    request.addEventListener("error", () => upload.failed(t("The connection broke while this file was sent."), true));
    request.addEventListener("loadend", () => {
      this.#running -= 1;
      this.#next();
    });
    const body = new FormData();
    if (upload.path) body.append("path", upload.path);
    body.append("file", upload.file);
    request.send(body);
  }
}

function answer(request: XMLHttpRequest, upload: Upload): void {
  const body = parsed(request.responseText);
  if (request.status === 202 && body) return upload.done(body as unknown as Taken);
  const sentence = body?.["detail"];
  const lasting = request.status >= 400 && request.status < 500 && request.status !== 408 && request.status !== 429;
  upload.failed(
    typeof sentence === "string"
      ? sentence
      : t("The server refused this ({status}). Try again, or reload the page.", { status: request.status }),
    !lasting,
  );
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
