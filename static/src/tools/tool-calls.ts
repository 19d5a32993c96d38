import { html, nothing } from "lit";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { newId } from "../chat/ids.ts";
import type { Message } from "../chat/message.ts";
import type { ToolCall } from "../chat/tool-call.ts";
import { t } from "../i18n.ts";
import { stateWords } from "./tool-words.ts";

type Choice = "once" | "chat" | "refuse";

/** The calls of an answer, folded; one that waits is open and asks. */
export class ToolCalls extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #said = new Map<number, Choice>();

  protected override willUpdate(): void {
    this.follow(this.message);
  }

  protected override render(): unknown {
    return html`<ol class="calls" aria-label=${t("Tools used for this answer")}>${this.message.calls.map((call) => html`<li>${this.#call(call)}</li>`)}</ol>`;
  }

  #call(call: ToolCall): unknown {
    if (call.state === "off") return html`<p class="calls__off">${icon("tools")}<span>${call.why}</span></p>`;
    if (call.state === "waiting" && this.message.running) return this.#question(call);
    return html`<details class="call" data-state=${call.state}>
      <summary>${icon(markOf(call))}<span class="call__name"><bdi>${call.title || call.name}</bdi>${call.server ? html` <small><bdi>${call.server}</bdi></small>` : nothing}</span>
        <span class="call__state">${stateWords(call)}</span></summary>
      ${call.why ? html`<p class="call__why">${call.why}</p>` : nothing}
      ${this.#arguments(call)}
      ${call.result ? html`<p class="call__label">${t("Result")}</p><pre class="call__text" dir="auto" tabindex="0">${call.result}</pre>` : nothing}
    </details>`;
  }

  #arguments({ arguments: given = {} }: ToolCall): unknown {
    const rows = Object.entries(given);
    if (!rows.length) return html`<p class="call__label">${t("Without arguments")}</p>`;
    return html`<p class="call__label">${t("Arguments")}</p><dl class="call__given">${rows.map(([name, value]) => html`<div><dt><bdi>${name}</bdi></dt>
      <dd dir="auto">${typeof value === "string" ? value : JSON.stringify(value)}</dd></div>`)}</dl>`;
  }

  #question(call: ToolCall): unknown {
    const said = this.#said.get(call.n);
    const heading = call.nature === "destroys" ? t("May {tool} run? It may destroy something.", { tool: call.title || call.name }) : t("May {tool} run?", { tool: call.title || call.name });
    return html`<section class="call call--asks" role="group" aria-label=${heading} data-nature=${call.nature ?? nothing}>
      <p class="call__ask">${icon(call.nature === "destroys" ? "alert" : "tools")}<strong>${heading}</strong>${call.server ? html` <small><bdi>${call.server}</bdi></small>` : nothing}</p>
      ${call.why ? html`<p class="call__why">${call.why}</p>` : nothing}
      ${this.#arguments(call)}
      <p class="row"><button type="button" class="button button--primary button--small" aria-disabled=${said ? "true" : nothing} @click=${() => this.#say(call, "once")}>${t("Allow once")}</button>
        ${call.lasting ? html`<button type="button" class="button button--small" aria-disabled=${said ? "true" : nothing} @click=${() => this.#say(call, "chat")}>${t("Always in this chat")}</button>` : nothing}
        <button type="button" class="button button--quiet button--small" aria-disabled=${said ? "true" : nothing} @click=${() => this.#say(call, "refuse")}>${t("Refuse")}</button></p>
    </section>`;
  }

  /** The buttons stay where the keyboard is until the answer goes on. */
  #say(call: ToolCall, choice: Choice): void {
    if (this.#said.has(call.n)) return;
    this.#said.set(call.n, choice);
    this.page.socket.send({ type: "decide", id: newId(), message: this.message.id, call: call.n, choice });
    this.requestUpdate();
    // Without a line the word is lost: it may be said again.
    window.setTimeout(() => {
      this.#said.delete(call.n);
      this.requestUpdate();
    }, 4000);
  }
}

function markOf({ state }: ToolCall): "check" | "alert" | "tools" | "close" {
  if (state === "done" || state === "again") return "check";
  if (state === "failed" || state === "invalid") return "alert";
  return state === "refused" || state === "expired" || state === "stopped" ? "close" : "tools";
}

customElements.define("tool-calls", ToolCalls);
