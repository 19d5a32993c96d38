// Sends weights in pieces, so that a connection that breaks costs one of them, and no body is too large for a proxy.
import { t } from "../i18n.ts";
import { bytes } from "./jobs.ts";

const TRIES = 6;

interface Announced {
  readonly piece: number;
  readonly files: readonly { readonly role: string; readonly address: string }[];
  readonly then: string;
}

export function sendWeights(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    const files = chosen(form);
    announce(form, files);
    if (files.size === 0) return; // an ordinary form
    event.preventDefault();
    void send(form, files);
  });
}

function chosen(form: HTMLFormElement): Map<string, File> {
  const inputs = [...form.querySelectorAll<HTMLInputElement>("input[data-file]")];
  return new Map(inputs.flatMap((input) => [...(input.files ?? [])].map((file) => [input.dataset["file"] ?? "", file])));
}

function announce(form: HTMLFormElement, files: Map<string, File>): void {
  for (const role of ["weights", "adapter"]) {
    const file = files.get(role);
    field(form, `${role}_name`).value = file?.name ?? "";
    field(form, `${role}_size`).value = file ? String(file.size) : "";
  }
}

async function send(form: HTMLFormElement, files: Map<string, File>): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("button.button--primary");
  complain(form, {});
  if (button) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const told = (await answer.json()) as Announced & { errors?: Record<string, string[]> };
    if (told.errors) {
      complain(form, told.errors);
      return;
    }
    await sendAll(form, files, told);
    location.assign(told.then);
  } catch (problem) {
    const words = problem instanceof Refused ? problem.message : t("The connection broke. What has arrived is kept for a while; try again.");
    complain(form, { __all__: [words] });
  } finally {
    if (button) button.disabled = false;
    part(form, "[data-sending]").hidden = true;
  }
}

async function sendAll(form: HTMLFormElement, files: Map<string, File>, told: Announced): Promise<void> {
  const total = [...files.values()].reduce((sum, file) => sum + file.size, 0);
  let before = 0;
  part(form, "[data-sending]").hidden = false;
  for (const { role, address } of told.files) {
    const file = files.get(role);
    if (!file) continue;
    for (let offset = 0; offset < file.size; ) {
      offset = await sendPiece(form, address, file, offset, told.piece);
      show(form, before + offset, total);
    }
    before += file.size;
  }
}

/** How much of the file is there then. */
async function sendPiece(form: HTMLFormElement, address: string, file: File, offset: number, size: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const headers = { "X-CSRFToken": field(form, "csrfmiddlewaretoken").value, "Content-Type": "application/octet-stream" };
    const body = file.slice(offset, offset + size);
    const answer = await fetch(`${address}&offset=${offset}`, { method: "PUT", body, headers }).catch(() => null);
    if (answer?.ok || answer?.status === 409) return ((await answer.json()) as { have: number }).have;
    if (answer && answer.status < 500) throw new Refused(((await answer.json()) as { detail: string }).detail);
    if (attempt === TRIES) throw new Error("gone");
    await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
  }
}

function show(form: HTMLFormElement, sent: number, total: number): void {
  const percent = Math.floor((100 * sent) / total);
  (part(form, "[data-sending] progress") as HTMLProgressElement).value = percent;
  part(form, "[data-sent]").textContent = `${bytes(sent)} / ${bytes(total)} · ${percent} %`;
}

function complain(form: HTMLFormElement, errors: Record<string, string[]>): void {
  for (const place of form.querySelectorAll<HTMLElement>("[data-error]")) {
    const words = errors[place.dataset["error"] ?? ""]?.join(" ") ?? "";
    place.textContent = words;
    place.hidden = !words;
    if (place.dataset["error"] !== "__all__") place.classList.toggle("error", Boolean(words));
  }
  form.querySelector("[data-error]:not([hidden])")?.scrollIntoView({ block: "center" });
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

function part(form: HTMLFormElement, selector: string): HTMLElement {
  return form.querySelector(selector) as HTMLElement;
}

class Refused extends Error {}
