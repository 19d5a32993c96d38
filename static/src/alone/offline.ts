// The offline page: says so, keeps what is written, and goes on to the page that was wanted when the line is back.
import { backoff } from "../chat/backoff.ts";
import { Drafts } from "../chat/drafts.ts";
import { newId } from "../chat/ids.ts";
import { person, strike, write, type Written, written } from "../chat/offline-box.ts";

const CHAT = /^\/c\/([0-9a-f-]{36})\//.exec(location.pathname)?.[1] ?? null;
const owner = person();
const form = document.querySelector<HTMLFormElement>("[data-offline-form]");
const box = form?.querySelector("textarea");
const list = document.querySelector<HTMLElement>("[data-offline-list]");
const problem = document.querySelector<HTMLElement>("[data-offline-problem]");
const drafts = owner ? new Drafts(owner) : null;
let attempt = 0;
let leaving = false;

dress();
if (owner && form && box) wireBox(owner, form, box);
document.querySelector("[data-offline-again]")?.addEventListener("click", () => void look());
window.addEventListener("online", () => void look());
wait();

/** As this browser is wont to: nobody was known when the page was stored. */
function dress(): void {
  for (const name of ["theme", "size", "density", "accent"]) {
    const value = new RegExp(`(?:^|; )${name}=(\\w+)`).exec(document.cookie)?.[1];
    if (value) document.documentElement.dataset[name] = value;
  }
}

function wireBox(mine: string, form: HTMLFormElement, box: HTMLTextAreaElement): void {
  form.hidden = false;
  box.value = drafts?.read(CHAT) ?? "";
  box.addEventListener("input", () => drafts?.keep(CHAT, box.value));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    const kept = write(mine, { id: newId(), chat: CHAT, text });
    if (problem) problem.hidden = kept;
    if (!kept) return;
    box.value = "";
    drafts?.keep(CHAT, "");
    show(mine);
  });
  show(mine);
  box.focus();
}

function show(mine: string): void {
  const all = written(mine);
  list?.closest("section")?.toggleAttribute("hidden", !all.length);
  list?.replaceChildren(...all.map((question) => row(mine, question)));
}

function row(mine: string, question: Written): HTMLElement {
  const template = document.querySelector<HTMLTemplateElement>("template[data-offline-row]");
  const item = template?.content.firstElementChild?.cloneNode(true) as HTMLElement;
  const words = item.querySelector("bdi");
  if (words) words.textContent = question.text;
  item.querySelector("button")?.addEventListener("click", () => {
    strike(mine, question.id);
    if (box && !box.value) box.value = question.text;
    show(mine);
    box?.focus();
  });
  return item;
}

function wait(): void {
  window.setTimeout(() => void look().then(wait), 1000 + backoff(attempt));
  attempt += 1;
}

/** Goes on when the server answers: the address is the one that was wanted. */
async function look(): Promise<void> {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (!answer.ok || leaving) return;
    leaving = true;
    location.reload();
  } catch {
    // Still without a line.
  }
}
