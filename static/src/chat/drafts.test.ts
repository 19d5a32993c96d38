import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type DraftData, Drafts } from "./drafts.ts";

const CHAT = "c1";

/** A device: a storage of its own, and what it tells the server. */
function device(stored = new Map<string, string>()): { stored: Map<string, string>; use: () => void } {
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  return { stored, use: () => void Object.assign(globalThis, { localStorage: storage }) };
}

function server(): { told: string[]; put: (path: string, body: { text: string; age: number }) => Promise<DraftData>; there: DraftData } {
  const one = {
    told: [] as string[],
    there: { text: "", at: null } as DraftData,
    put: async (_path: string, { text }: { text: string }): Promise<DraftData> => {
      one.told.push(text);
      return (one.there = text ? { text, at: `t${one.told.length}` } : { text: "", at: null });
    },
  };
  return one;
}

async function pause(ms: number): Promise<void> {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

test("the server is told once somebody rests, and a send takes the draft away", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  device().use();
  const { told, put } = server();
  const drafts = new Drafts("alice", null, put);
  for (const text of ["H", "He", "Hel"]) drafts.keep(CHAT, text);
  await pause(999);
  assert.deepEqual(told, []);
  await pause(1);
  assert.deepEqual(told, ["Hel"]);
  drafts.keep(CHAT, "");
  await pause(1000);
  assert.deepEqual(told, ["Hel", ""]);
  mock.timers.reset();
});

test("a question that was sent before the server heard of it costs nothing", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  device().use();
  const { told, put } = server();
  const drafts = new Drafts("alice", null, put);
  drafts.keep(CHAT, "Hello");
  drafts.keep(CHAT, "");
  await pause(5000);
  assert.deepEqual(told, []);
  mock.timers.reset();
});

test("what another device wrote comes into the box, but never over what is being typed", () => {
  device().use();
  const { put } = server();
  const first = { chat: CHAT, draft: { text: "from the phone", at: "t1" } };
  const drafts = new Drafts("alice", first, put);
  assert.equal(drafts.read(CHAT), "from the phone");
  mock.timers.enable({ apis: ["setTimeout"] });
  drafts.keep(CHAT, "typed here");
  const again = new Drafts("alice", { chat: CHAT, draft: { text: "from the phone, later", at: "t2" } }, put);
  assert.equal(again.read(CHAT), "typed here");
  mock.timers.reset();
});

test("a draft that was sent elsewhere goes here too", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { stored, use } = device();
  use();
  const { put } = server();
  const drafts = new Drafts("alice", null, put);
  drafts.keep(CHAT, "Hello");
  await pause(1000);
  const again = new Drafts("alice", { chat: CHAT, draft: { text: "", at: null } }, put);
  assert.equal(again.read(CHAT), "");
  assert.equal(stored.size, 0);
  mock.timers.reset();
});

test("of two texts the server keeps the newer one, and the page shows it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  device().use();
  const drafts = new Drafts("alice", null, async () => ({ text: "newer, from the phone", at: "t9" }));
  drafts.keep(CHAT, "typed an hour ago");
  await pause(1000);
  assert.equal(drafts.takeNews(CHAT), "newer, from the phone");
  assert.equal(drafts.takeNews(CHAT), null);
  mock.timers.reset();
});
