import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { patchJson } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import type { ChatSummary } from "../chat/wire.ts";

/** The tags of one chat, or one more tag for several. */
export function tagForm(page: ChatPage, chats: string[], tags: string[]): unknown {
  const { list, keeping } = page;
  const single = chats.length === 1;
  const store = (event: SubmitEvent): void => {
    event.preventDefault();
    const written = String(new FormData(event.target as HTMLFormElement).get("tags") ?? "");
    const names = written.split(/[,，、;；\n]/).map((name) => name.trim()).filter(Boolean);
    void page.attempt(async () => {
      keeping.done();
      if (single) await patchJson<ChatSummary>(`/api/chats/${chats[0]}`, { tags: names });
      else for (const tag of names) await list.keep(chats, "tag", { tag });
      keeping.select(null);
      await Promise.all([list.load(), list.shelves.reload()]);
    });
  };
  const known = list.shelves.tags.filter((name) => !tags.includes(name)).slice(0, 12);
  const add = (name: string) => (event: Event): void => {
    const input = (event.target as HTMLElement).closest("form")?.querySelector<HTMLInputElement>("#tags");
    if (!input) return;
    input.value = [input.value.trim().replace(/,$/, ""), name].filter(Boolean).join(", ");
    input.focus();
  };
  return html`<form class="stack" @submit=${store}>
    <h2 class="keep__title">${single ? t("Tags") : t("Tag {n} chats", { n: chats.length })}</h2>
    <div class="field"><label for="tags">${single ? t("Tags of this chat") : t("Tags to add")}</label>
      <input id="tags" name="tags" autofocus autocomplete="off" .value=${tags.join(", ")}>
      <p class="help">${t("With commas between them.")}</p></div>
    ${known.length ? html`<div class="keep__tags">${known.map((name) => html`<button type="button" class="tag" @click=${add(name)}><bdi>#${name}</bdi></button>`)}</div>` : nothing}
    <div class="keep__acts"><span class="keep__gap"></span>
      <button type="button" class="button" @click=${() => keeping.done()}>${t("Cancel")}</button>
      <button type="submit" class="button button--primary">${t("Save")}</button></div>
  </form>`;
}
