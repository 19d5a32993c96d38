import { loadSheet } from "../../sheets.ts";

/** `<model-options>`, `<answer-ledger>`, `<answer-editor>`, `<ledger-panel>`, `<differences-panel>` and `<rating-form>` with their style sheet. Raises when the server does not give them. */
export function loadLater(): Promise<unknown> {
  return Promise.all([import("./later.ts"), loadSheet("later")]);
}

/** `<memory-proposal>`, for those who have memories switched on. */
export function loadRemembering(): Promise<unknown> {
  return Promise.all([import("../../remembering/memory-proposal.ts"), loadSheet("remembering")]);
}

/** `<keep-dialog>` in the same way. */
export function loadKeeping(): Promise<unknown> {
  return Promise.all([import("../../keeping/keep-dialog.ts"), loadSheet("keeping")]);
}

/** `<find-bar>` in the same way. */
export function loadFinding(): Promise<unknown> {
  return Promise.all([import("../../finding/find-bar.ts"), loadSheet("keeping")]);
}

/** `<image-options>` and `<made-pictures>` in the same way. */
export function loadImages(): Promise<unknown> {
  return Promise.all([import("../images/later.ts"), loadSheet("images")]);
}

/** `<reader-panel>` in the same way. PDF.js comes only with the first PDF. */
export function loadReader(): Promise<unknown> {
  return Promise.all([import("../../reader/reader-panel.ts"), loadSheet("reader")]);
}

/** What hears and speaks, in the same way. */
export async function loadVoice(): Promise<typeof import("../../voice/voice.ts")> {
  const [voice] = await Promise.all([import("../../voice/voice.ts"), loadSheet("voice")]);
  return voice;
}

/** `<prompt-list>` and the form of a prompt's gaps in the same way. */
export function loadComposing(): Promise<unknown> {
  return Promise.all([import("../../composing/composing.ts"), loadSheet("composing")]);
}

/** `<tool-menu>` and `<tool-calls>` in the same way: nothing of them is loaded where there are no tools. */
export function loadTools(): Promise<unknown> {
  return Promise.all([import("../../tools/tools.ts"), loadSheet("tools")]);
}
