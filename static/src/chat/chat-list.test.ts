import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ChatList } from "./chat-list.ts";
import type { ChatSummary } from "./wire.ts";

type Answer = { chats: ChatSummary[]; next: string | null };

const realFetch = globalThis.fetch;
afterEach(() => void (globalThis.fetch = realFetch));

/** Requests that are answered when the test says so, in the order it says. */
function slowServer(): ((answer: Answer) => Promise<void>)[] {
  const waiting: ((answer: Answer) => Promise<void>)[] = [];
  globalThis.fetch = () =>
    new Promise((resolve) => {
      waiting.push(async (answer) => {
        resolve(new Response(JSON.stringify(answer)));
        await new Promise((done) => setImmediate(done));
      });
    });
  return waiting;
}

function chat(id: string, day: number, title = id, running = false): ChatSummary {
  return { id, title, updated_at: `2026-01-${String(day).padStart(2, "0")}T00:00:00+00:00`, running };
}

const ids = (list: ChatList): string[] => list.chats.map(({ id }) => id);

test("a chat that began while the list was fetched stays in it", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  void list.load();
  list.touch("new", "New one", false);
  await server[0]?.({ chats: [chat("old", 1)], next: null });
  assert.deepEqual(ids(list), ["new", "old"]);
});

test("an old chat that was asked in meanwhile stays at the top, once", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  list.chats = [chat("b", 2), chat("a", 1)];
  void list.load();
  list.touch("a", "", false);
  await server[0]?.({ chats: [chat("b", 2), chat("a", 1)], next: null });
  assert.deepEqual(ids(list), ["a", "b"]);
});

test("a title and an end that came meanwhile are newer than the answer", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  list.chats = [chat("a", 1, "first", true)];
  void list.load();
  list.titled("a", "better");
  list.ended("a");
  await server[0]?.({ chats: [chat("b", 2), chat("a", 1, "first", true)], next: null });
  assert.deepEqual(list.chats.map(({ title, running }) => [title, running]), [["b", false], ["better", false]]);
});

test("what was touched before the request is the server's to say", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  list.touch("a", "mine", false);
  void list.load();
  await server[0]?.({ chats: [chat("a", 1, "theirs")], next: null });
  assert.equal(list.chats[0]?.title, "theirs");
});

test("an answer that comes after a later one is dropped", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  void list.load();
  void list.load();
  await server[1]?.({ chats: [chat("late", 2)], next: null });
  await server[0]?.({ chats: [chat("early", 1)], next: null });
  assert.deepEqual(ids(list), ["late"]);
});

test("the pages below the first stay when the first is fetched anew", async () => {
  const [server, list] = [slowServer(), new ChatList()];
  list.chats = [chat("c", 3), chat("b", 2), chat("a", 1)];
  list.next = "below a";
  void list.load();
  await server[0]?.({ chats: [chat("d", 4), chat("c", 3)], next: "below c" });
  assert.deepEqual(ids(list), ["d", "c", "b", "a"]);
  assert.equal(list.next, "below a");
});

test("a page that could not be fetched can be asked for again", async () => {
  const list = new ChatList();
  globalThis.fetch = () => Promise.reject(new TypeError("offline"));
  list.next = "below";
  await list.loadMore();
  assert.equal(list.next, "below");
  assert.notEqual(list.problem, "");
});

test("a chat that is answered while nobody looks at it is marked until somebody does", async () => {
  const [server, list] = [slowServer(), new ChatList(() => "open")];
  list.chats = [chat("open", 3, "", true), chat("heard", 2, "", true), chat("fetched", 1, "", true)];
  list.ended("open");
  list.ended("heard");
  void list.load();
  await server[0]?.({ chats: [chat("open", 3), chat("heard", 2), chat("fetched", 1)], next: null });
  assert.deepEqual([...list.unseen], ["heard", "fetched"]);
  list.saw("heard");
  assert.deepEqual([...list.unseen], ["fetched"]);
});
