// The list of all keys, where each may be bound anew. Loaded when somebody asks for it.
import { html, nothing } from "lit";
import "../shared.ts";
import { t } from "../../i18n.ts";
import { type Act, acts, bind, bindings, keysOf, unbindAll } from "../keys.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

function wordsOf(act: Act): string {
  const words: Record<Act, string> = {
    palette: t("Find a chat, a library or a command"),
    new: t("New chat"),
    box: t("Write a question"),
    list: t("Show or hide the list of chats"),
    models: t("Choose a model"),
    find: t("Find in this chat"),
    earlier: t("To the message above"),
    later: t("To the message below"),
    copy: t("Copy the last answer"),
    help: t("List of all keys"),
  };
  return words[act];
}

const SIGNS: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

/** The keys as they are printed on a keyboard. */
function printed(keys: string, mac = /Mac|iPhone|iPad/.test(navigator.platform)): string[] {
  const modifiers: Record<string, string> = mac ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" } : { Mod: "Ctrl" };
  return keys.split("+").map((key) => modifiers[key] ?? SIGNS[key] ?? key);
}

/** A dialog; whoever presses a button's "Change" binds the next keys that are pressed. */
export class KeyList extends LightElement {
  #waits: Act | null = null;

  show(): void {
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  protected override render(): unknown {
    const bound = bindings();
    return html`<dialog class="dialog keys" aria-labelledby="keys-title" @keydown=${this.#pressed} @close=${() => this.remove()} @click=${this.#outside}>
      <div class="dialog__head"><h2 id="keys-title">${t("Keys")}</h2>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${() => this.querySelector("dialog")?.close()}>${icon("close")}</button></div>
      <table class="keys__table"><tbody>
        ${acts().map((act) => this.#row(act, bound[act]))}
        ${fixed().map(([keys, words]) => html`<tr><th scope="row">${words}</th><td>${keyCaps(keys)}</td><td></td></tr>`)}
      </tbody></table>
      <div class="row"><button type="button" class="button button--small" @click=${() => (unbindAll(), this.#listen(null))}>${t("All as they were")}</button>
        <a class="small" href="/account/#look">${t("What Enter does, size of text, colours")}</a></div>
    </dialog>`;
  }

  #row(act: Act, keys: string): unknown {
    const waits = this.#waits === act;
    return html`<tr><th scope="row">${wordsOf(act)}</th>
      <td aria-live="polite">${waits ? html`<em>${t("Press the new keys …")}</em>` : keys ? keyCaps(keys) : html`<span class="muted">${t("none")}</span>`}</td>
      <td><button type="button" class="button button--quiet button--small" aria-label=${t("Change the keys: {what}", { what: wordsOf(act) })}
        aria-pressed=${waits ? "true" : nothing} @click=${() => this.#listen(waits ? null : act)}>${waits ? t("Cancel") : t("Change")}</button></td></tr>`;
  }

  #listen(act: Act | null): void {
    this.#waits = act;
    this.requestUpdate();
  }

  #pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    if (!this.#waits || event.key === "Tab") return;
    const keys = keysOf(event);
    if (!keys) return;
    event.preventDefault();
    if (keys !== "Escape" && keys !== "Enter") bind(this.#waits, keys);
    this.#listen(null);
  }

  #outside(event: Event): void {
    if (event.target === event.currentTarget) (event.currentTarget as HTMLDialogElement).close();
  }
}

/** What is not to be bound anew, because the browser or the box itself does it. */
function fixed(): [string, string][] {
  const sends = document.documentElement.dataset["enter"] === "breaks" ? "Mod+Enter" : "Enter";
  return [
    [sends, t("Send")],
    ["Escape", t("Stop the answer, or close what is open")],
    ["ArrowUp", t("Edit the last question (in the empty box)")],
    ["#", t("Choose libraries (in the box)")],
  ];
}

function keyCaps(keys: string): unknown {
  return html`<span class="keys__caps">${printed(keys).map((key) => html`<kbd>${key}</kbd>`)}</span>`;
}

customElements.define("key-list", KeyList);
