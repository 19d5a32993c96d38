import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fakeBrowser } from "./fake-server.ts";
import { actOf, bind, bindings, keysOf, unbindAll } from "./keys.ts";

beforeEach(() => {
  fakeBrowser();
  globalThis.HTMLElement ??= class {} as typeof HTMLElement;
});

function pressed(key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent {
  const held = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, defaultPrevented: false };
  return { key, code: "", target: null, ...held, ...more } as KeyboardEvent;
}

/** Somebody writes in a box. */
function inBox(): EventTarget {
  return Object.assign(new (globalThis.HTMLElement as unknown as new () => HTMLElement)(), { isContentEditable: false, matches: () => true });
}

test("letters count by their place, Ctrl and Command alike", () => {
  assert.equal(keysOf(pressed("Ø", { code: "KeyO", altKey: true, shiftKey: true })), "Alt+Shift+O");
  assert.equal(keysOf(pressed("o", { code: "KeyO", ctrlKey: true })), "Mod+O");
  assert.equal(keysOf(pressed("o", { code: "KeyO", metaKey: true })), "Mod+O");
  assert.equal(keysOf(pressed("?", { code: "Slash", shiftKey: true })), "?");
  assert.equal(keysOf(pressed("Shift", { shiftKey: true })), "");
});

test("a sign is a sign while somebody writes, and not while an input method composes", () => {
  assert.equal(actOf(pressed("?", { shiftKey: true })), "help");
  assert.equal(actOf(pressed("?", { shiftKey: true, target: inBox() })), undefined);
  assert.equal(actOf(pressed("ArrowUp", { altKey: true, target: inBox() })), "earlier");
  assert.equal(actOf(pressed("ArrowUp", { altKey: true, isComposing: true })), undefined);
});

test("keys that are bound anew are taken from what they did before", () => {
  bind("help", "Alt+ArrowUp");
  assert.equal(actOf(pressed("ArrowUp", { altKey: true })), "help");
  assert.equal(bindings().earlier, "");
  assert.equal(actOf(pressed("?")), undefined);
  unbindAll();
  assert.equal(actOf(pressed("ArrowUp", { altKey: true })), "earlier");
});

test("what another version kept does no harm", () => {
  localStorage.setItem("keys", '{"flight": "F", "new": "Alt+N"}');
  assert.equal(bindings().new, "Alt+N");
  assert.equal("flight" in bindings(), false);
  localStorage.setItem("keys", "not json");
  assert.equal(bindings().help, "?");
});
