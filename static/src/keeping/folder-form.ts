import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { postJson, putJson, remove } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import type { Folder } from "../chat/wire.ts";

/** A folder's name, what its chats tell the model, and the libraries with which they begin. */
export function folderForm(page: ChatPage, folder: Folder | null, chats: string[]): unknown {
  const { list, keeping } = page;
  const store = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const body = { name: form.get("name"), prompt: form.get("prompt"), libraries: form.getAll("libraries") };
    void page.attempt(async () => {
      const kept = await (folder ? putJson<Folder>(`/api/folders/${folder.id}`, body) : postJson<Folder>("/api/folders", body));
      keeping.done();
      if (chats.length) {
        keeping.select(null);
        await list.keep(chats, "move", { folder: kept.id });
      } else await list.load();
    });
  };
  const drop = (): void => void page.attempt(async () => {
    keeping.done();
    await remove(`/api/folders/${folder?.id}`);
    await list.shelves.show(null);
    await list.load();
  });
  const { allLibraries } = page.choices;
  return html`<form class="stack" @submit=${store}>
    <h2 class="keep__title">${folder ? t("Change the folder") : t("New folder")}</h2>
    <div class="field"><label for="folder-name">${t("Name")}</label><input id="folder-name" name="name" required maxlength="80" autofocus .value=${folder?.name ?? ""}></div>
    <div class="field"><label for="folder-prompt">${t("Instructions")}</label>
      <textarea id="folder-prompt" name="prompt" rows="4" maxlength="20000" .value=${folder?.prompt ?? ""}></textarea>
      <p class="help">${t("The model is told this with every question in this folder.")}</p></div>
    ${allLibraries.length ? html`<fieldset class="field"><legend>${t("Libraries")}</legend>
      <div class="keep__libraries">${allLibraries.map((library) => html`<label class="keep__check"><input type="checkbox" name="libraries" value=${library.id} ?checked=${folder?.libraries.includes(library.id) ?? false}><bdi>${library.name}</bdi></label>`)}</div>
      <p class="help">${t("New chats in this folder start with these.")}</p></fieldset>` : nothing}
    <div class="keep__acts">
      ${folder ? html`<button type="button" class="button button--quiet" @click=${drop}>${icon("trash")}${t("Delete the folder")}</button>` : nothing}
      <span class="keep__gap"></span>
      <button type="button" class="button" @click=${() => keeping.done()}>${t("Cancel")}</button>
      <button type="submit" class="button button--primary">${t("Save")}</button>
    </div>
    ${folder ? html`<p class="help muted">${t("When a folder is deleted, its chats stay.")}</p>` : nothing}
  </form>`;
}
