import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Conversation } from "./conversation.ts";
import { Models } from "./models.ts";
import { answer, chatData, fakeBrowser, question, type Request, slowServer } from "./fake-server.ts";
import type { Asking } from "./wire.ts";

let server: Request[];
const asking: Asking = { models: ["qwen"], libraries: [], web_search: false };

beforeEach(() => {
  fakeBrowser();
  server = slowServer();
});

async function opened(...data: Parameters<typeof chatData>): Promise<Conversation> {
  const conversation = new Conversation("c", new Models());
  void conversation.load();
  await server.shift()?.answer(chatData(...data));
  return conversation;
}

const ids = (conversation: Conversation): number[] => conversation.shown.map(({ id }) => id);
const pending = (id: string): Parameters<Conversation["ask"]>[0] => ({ id, text: id, edits: null, parent: null, asking, attachments: [] });
const accepted = (id: string, message: number, parent: number | null, reply: number) =>
  ({ type: "accepted" as const, id, chat: "c", message, parent, title: "", replies: [{ message: reply, model: "qwen" }] });
const delta = (message: number, seq: number, text: string) => ({ type: "delta" as const, message, seq, text });

test("what is asked while the chat is fetched stays in it", async () => {
  const conversation = await opened([question(1, null), answer(2, 1)], 2);
  void conversation.load();
  conversation.ask(pending("next"));
  conversation.next();
  conversation.accept(accepted("next", 3, 2, 4));
  await server[0]?.answer(chatData([question(1, null), answer(2, 1)], 2));
  assert.deepEqual(ids(conversation), [1, 2, 3, 4]);
});

test("a question asked before the chat is there waits for its place", async () => {
  const conversation = new Conversation("c", new Models());
  void conversation.load();
  conversation.ask(pending("early"));
  assert.equal(conversation.next(), null);
  await server[0]?.answer(chatData([question(1, null), answer(2, 1)], 2));
  assert.equal(conversation.next()?.parent, 2);
});

test("words that came while the chat was fetched are not taken back", async () => {
  const running = answer(2, 1, "one", { state: "running", seq: 1 });
  const conversation = await opened([question(1, null), running], 2);
  const message = conversation.tree.get(2);
  void conversation.load();
  conversation.apply(delta(2, 2, " two"));
  conversation.apply({ type: "done", message: 2, seq: 3, usage: {}, finish_reason: "stop" });
  await server[0]?.answer(chatData([question(1, null), running], 2));
  assert.equal(conversation.tree.get(2), message);
  assert.deepEqual([message?.text, message?.state], ["one two", "complete"]);
});

test("a running answer is never behind its stored row", async () => {
  const conversation = await opened([question(1, null), answer(2, 1, "one", { state: "running", seq: 1 })], 2);
  conversation.apply(delta(2, 2, " two"));
  void conversation.load();
  await server[0]?.answer(chatData([question(1, null), answer(2, 1, "one", { state: "running", seq: 1 })], 2));
  assert.equal(conversation.tree.get(2)?.text, "one two");
});

test("words that died with their process are not kept", async () => {
  const conversation = await opened([question(1, null), answer(2, 1, "one", { state: "running", seq: 1 })], 2);
  conversation.apply(delta(2, 2, " two"));
  void conversation.load();
  await server[0]?.answer(chatData([question(1, null), answer(2, 1, "one", { state: "interrupted", seq: 1 })], 2));
  assert.deepEqual([conversation.tree.get(2)?.text, conversation.tree.get(2)?.state], ["one", "interrupted"]);
});

test("an answer that comes after a newer one is dropped", async () => {
  const conversation = await opened([question(1, null)], 1);
  void conversation.load();
  void conversation.load();
  await server[1]?.answer(chatData([question(1, null), answer(2, 1)], 2));
  await server[0]?.answer(chatData([question(1, null)], 1));
  assert.deepEqual(ids(conversation), [1, 2]);
  assert.equal(conversation.loading, false);
});

test("a message that was deleted is gone after the next fetch", async () => {
  const conversation = await opened([question(1, null), answer(2, 1), question(3, 2), answer(4, 3)], 4);
  void conversation.load();
  await server[0]?.answer(chatData([question(1, null), answer(2, 1)], 2));
  assert.deepEqual(ids(conversation), [1, 2]);
  assert.equal(conversation.tree.isLeaf(2), true);
});

test("pages above stay when the end is fetched again", async () => {
  const conversation = await opened([question(3, 2), answer(4, 3)], 4, { before: "3" });
  void conversation.loadOlder();
  await server.shift()?.answer(chatData([question(1, null), answer(2, 1)], 4));
  void conversation.load();
  await server[0]?.answer(chatData([question(3, 2), answer(4, 3), question(5, 4)], 5, { before: "3" }));
  assert.deepEqual(ids(conversation), [1, 2, 3, 4, 5]);
  assert.equal(conversation.before, null);
});

test("a page above that could not be fetched can be asked for again", async () => {
  const conversation = await opened([question(3, 2)], 3, { before: "3" });
  const failed = conversation.loadOlder();
  void server[0]?.fail();
  await assert.rejects(failed);
  assert.deepEqual([conversation.loading, conversation.before], [false, "3"]);
});

test("of two quick switches the last one stands, here and on the server", async () => {
  const conversation = await opened([question(1, null), answer(2, 1), answer(3, 1), answer(4, 1)], 4);
  void conversation.switchTo(3);
  void conversation.switchTo(2);
  assert.equal(server.length, 1);
  await server[0]?.answer(chatData([question(1, null), answer(2, 1), answer(3, 1)], 3));
  await server[1]?.answer(chatData([question(1, null), answer(2, 1), answer(3, 1)], 2));
  assert.deepEqual(server.map(({ body }) => (body as { active: number }).active), [3, 2]);
  assert.deepEqual(ids(conversation), [1, 2]);
});

test("a fetch that began before a switch does not switch back", async () => {
  const conversation = await opened([question(1, null), answer(2, 1), answer(3, 1)], 3);
  void conversation.load();
  void conversation.switchTo(2);
  await server[0]?.answer(chatData([question(1, null), answer(2, 1), answer(3, 1)], 3));
  assert.deepEqual(ids(conversation), [1, 2]);
});

test("a second question stands under the answer to the first, as soon as that has a place", async () => {
  const conversation = new Conversation(null, new Models());
  conversation.ask(pending("first"));
  conversation.ask(pending("second"));
  assert.equal(conversation.next()?.id, "first");
  assert.equal(conversation.next(), null);
  conversation.accept(accepted("first", 1, null, 2));
  assert.deepEqual(conversation.next(), { ...pending("second"), parent: 2 });
});
