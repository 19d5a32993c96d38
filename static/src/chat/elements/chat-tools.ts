// Near the box: whether the model thinks first, and what this chat has of its own.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { arrange, howMany, LEVELS, settingsOf, thinkingOf, withThinking } from "../chat-settings.ts";
import { icon } from "./icon.ts";
import { loadComposing, loadTools } from "./load-later.ts";

export function chatTools(page: ChatPage): unknown {
  const { choices } = page;
  const kind = choices.several.find((model) => model.thinking)?.thinking ?? null;
  const set = howMany(settingsOf(page), true);
  return html`${kind ? thinkingSwitch(page, kind) : nothing}${choices.toolsPossible ? toolMenu(page) : nothing}
    <button type="button" class="tool" aria-haspopup="dialog" data-on=${set ? "" : nothing} aria-label=${t("Settings of this chat")} title=${t("Settings of this chat: instructions, temperature and more")}
      @click=${() => void openSettings(page)} @pointerenter=${soon} @focus=${soon}>${icon("sliders")}${set ? html`<span class="tool__count">${set}</span>` : nothing}</button>`;
}

/** A choice of the browser's own: it works with every key, finger and reader. */
function thinkingSwitch(page: ChatPage, kind: "switch" | "levels"): unknown {
  const now = thinkingOf(settingsOf(page), kind);
  const values = kind === "levels" ? LEVELS : (["on", "off"] as const);
  const change = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    void page.attempt(() => arrange(page, withThinking(settingsOf(page), value)));
  };
  return html`<label class="tool tool--select" data-on=${now && now !== "off" ? "" : nothing} title=${t("Thinking: {value}", { value: wordOf(now) })}>${icon("thought")}<span class="tool__words" aria-hidden="true">${now ? wordOf(now) : t("Thinking")}</span>
    <select class="bare" aria-label=${t("Thinking")} @change=${change}>${["", ...values].map((value) => html`<option value=${value} ?selected=${value === now}>${t("Thinking: {value}", { value: wordOf(value) })}</option>`)}</select></label>`;
}

function wordOf(value: string): string {
  switch (value) {
    case "on":
      return t("on");
    case "off":
      return t("off");
    case "low":
      return t("low");
    case "medium":
      return t("medium");
    case "high":
      return t("high");
    default:
      return t("default");
  }
}

function toolMenu(page: ChatPage): unknown {
  void loadTools().catch(() => undefined);
  return html`<tool-menu .page=${page}></tool-menu>`;
}

async function openSettings(page: ChatPage): Promise<void> {
  try {
    const [{ showSettings }] = await Promise.all([import("../../composing/composing.ts"), loadComposing()]);
    showSettings(page);
  } catch {
    page.lacks();
  }
}

const soon = (): void => void loadComposing().catch(() => undefined);
