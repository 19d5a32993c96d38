import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { ChatPage } from "./chat-page.ts";
import { answer, boot, chatData, FakeLine, fakeBrowser, question, type Request, settled, slowServer } from "./fake-server.ts";

let server: Request[];

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  fakeBrowser();
  server = slowServer();
});

const chats = (): Promise<void> | undefined => take("/api/chats")?.answer({ chats: [], next: null });

function take(path: string): Request | undefined {
  const at = server.findIndex((request) => request.path === path);
  return at < 0 ? undefined : server.splice(at, 1)[0];
}

async function pageAt(chat: string | null, ...data: Parameters<typeof chatData> | []): Promise<ChatPage> {
  const page = new ChatPage(boot(chat), "ws://x");
  page.start();
  FakeLine.last.open();
  await chats();
  if (data.length) await take(`/api/chats/${chat}`)?.answer(chatData(...data));
  return page;
}

/** The server stores the question that was sent last. */
function accept(message: number, parent: number | null, reply: number, chat = "c"): void {
  const { id } = FakeLine.last.heard("send").at(-1) as { id: string };
  FakeLine.last.says({ type: "accepted", id, chat, message, parent, title: "T", replies: [{ message: reply, model: "qwen" }] });
}

const delta = (message: number, seq: number, text: string): void => FakeLine.last.says({ type: "delta", message, seq, text });
const done = (message: number, seq: number): void => FakeLine.last.says({ type: "done", message, seq, usage: {}, finish_reason: "stop" });

function reconnect(): FakeLine {
  FakeLine.last.close(1012);
  mock.timers.tick(1000);
  FakeLine.last.open();
  return FakeLine.last;
}

test("an unanswered question is sent again on the next line, and what ran is resumed", async () => {
  const page = await pageAt(null);
  page.send("Hi");
  const [first] = FakeLine.last.heard("send");
  assert.deepEqual(reconnect().heard("send"), [first]);
  accept(1, null, 2);
  delta(2, 1, "one");
  assert.deepEqual(reconnect().heard("resume").map(({ message, after }) => [message, after]), [[2, 1]]);
  assert.deepEqual(FakeLine.last.heard("send"), []);
});

test("sent away for a restart, the page comes again within a second and warns only when that fails", async () => {
  const page = await pageAt(null);
  FakeLine.last.close(1012);
  assert.equal(page.socket.troubled, false);
  mock.timers.tick(1000);
  assert.equal(FakeLine.lines.length, 2);
  FakeLine.last.close();
  assert.equal(page.socket.troubled, true);
});

test("questions typed while an answer runs go out one after the other, each under the answer above", async () => {
  const page = await pageAt(null);
  page.send("one");
  page.send("two");
  page.send("three");
  assert.deepEqual(FakeLine.last.heard("send").map(({ text }) => text), ["one"]);
  accept(1, null, 2);
  accept(3, 2, 4);
  accept(5, 4, 6);
  assert.deepEqual(FakeLine.last.heard("send").map(({ text, chat, parent }) => [text, chat, parent]), [["one", null, null], ["two", "c", 2], ["three", "c", 4]]);
  assert.deepEqual(page.conversation.shown.map(({ id }) => id), [1, 2, 3, 4, 5, 6]);
});

test("everything that waits is stopped before what runs", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  page.send("two");
  accept(3, 2, 4);
  page.stop();
  assert.deepEqual(FakeLine.last.heard("stop").map(({ message }) => message), [4, 2]);
});

test("what is refused comes back with all that waited behind it", async () => {
  const page = await pageAt(null);
  page.send("one");
  page.send("two");
  const [first] = FakeLine.last.heard("send");
  FakeLine.last.says({ type: "error", id: first?.id, message: null, code: "not_allowed", detail: "No.", retryable: false });
  assert.deepEqual(page.takeReturned(), { text: "one\n\ntwo", edits: null, attachments: [] });
  assert.deepEqual([page.takeReturned(), page.problem, page.conversation.pending.length], [null, "No.", 0]);
});

test("a question on its way survives a reload, and a draft is made of it for a tab that does not come back", async () => {
  const page = await pageAt(null);
  page.send("Hi");
  const [first] = FakeLine.last.heard("send");
  page.leave();
  assert.equal(page.drafts.read(null), "Hi");
  const again = await pageAt(null);
  await settled();
  assert.deepEqual(FakeLine.last.heard("send"), [first]);
  assert.deepEqual([again.drafts.read(null), again.conversation.pending.length], ["", 1]);
});

test("a gap is asked for, also in a chat that was left and opened again", async () => {
  const running = [question(1, null), answer(2, 1, "", { state: "running", seq: 0 })];
  const page = await pageAt("c", running, 2);
  assert.equal(FakeLine.last.heard("resume").length, 1);
  void page.open(null);
  delta(2, 1, "one ");
  void page.open("c");
  delta(2, 2, "two ");
  await take("/api/chats/c")?.answer(chatData(running, 2));
  assert.equal(FakeLine.last.heard("resume").length, 2);
  delta(2, 3, "three");
  mock.timers.tick(3000);
  delta(2, 4, "four");
  assert.equal(FakeLine.last.heard("resume").length, 3);
});

test("an answer that was deleted under the page is let go", async () => {
  const page = await pageAt("c", [question(1, null), answer(2, 1, "", { state: "running", seq: 0 })], 2);
  const [resume] = FakeLine.last.heard("resume");
  FakeLine.last.says({ type: "error", id: resume?.id, message: null, code: "not_found", detail: "Gone.", retryable: false });
  await take("/api/chats/c")?.answer(chatData([], null));
  assert.deepEqual([page.conversation.shown.length, page.conversation.running.length, page.problem], [0, 0, ""]);
});

test("a chat that another tab wrote to is fetched again and resumed", async () => {
  const page = await pageAt("c", [question(1, null), answer(2, 1)], 2);
  FakeLine.last.says({ type: "chat", chat: "c", title: "Better", running: true, changed: true });
  await take("/api/chats/c")?.answer(chatData([question(1, null), answer(2, 1), question(3, 2), answer(4, 3, "", { state: "running", seq: 0 })], 4));
  assert.deepEqual(FakeLine.last.heard("resume").map(({ message }) => message), [4]);
  assert.deepEqual(page.list.chats.map(({ title, running }) => [title, running]), [["Better", true]]);
});

test("an answer that ends in another chat leaves a mark there", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  void page.open(null);
  done(2, 1);
  assert.deepEqual([...page.list.unseen], ["c"]);
  void page.open("c");
  assert.equal(page.list.unseen.size, 0);
});

test("a tab that is not looked at marks its own chat too", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  page.look(true);
  done(2, 1);
  assert.deepEqual([...page.list.unseen], ["c"]);
  page.look(false);
  assert.equal(page.list.unseen.size, 0);
});

test("a cut answer goes on in the same message", async () => {
  const page = await pageAt("c", [question(1, null), answer(2, 1, "one", { state: "stopped", finish_reason: "stopped" })], 2);
  const message = page.conversation.tree.get(2);
  assert.ok(message?.cut);
  page.goOn(message);
  const [frame] = FakeLine.last.heard("continue");
  FakeLine.last.says({ type: "accepted", id: frame?.id, chat: "c", message: 1, parent: null, title: "", replies: [{ message: 2, model: "qwen" }] });
  FakeLine.last.says({ type: "status", message: 2, seq: 10, stage: "waiting", detail: "" });
  assert.deepEqual([message.running, message.cut], [true, false]);
  delta(2, 11, " two");
  done(2, 12);
  assert.deepEqual([message.text, message.state], ["one two", "complete"]);
});

test("one that may not go on is as it was", async () => {
  const page = await pageAt("c", [question(1, null), answer(2, 1, "one", { state: "stopped" })], 2);
  const message = page.conversation.tree.get(2);
  assert.ok(message);
  page.goOn(message);
  assert.equal(message.askedOn, true);
  const [frame] = FakeLine.last.heard("continue");
  FakeLine.last.says({ type: "error", id: frame?.id, message: null, code: "not_found", detail: "No.", retryable: false });
  assert.deepEqual([message.askedOn, message.state, page.problem], [false, "stopped", "No."]);
});

test("a question that waits is taken back, and its words are not lost", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  page.send("two");
  accept(3, 2, 4);
  FakeLine.last.says({ type: "status", message: 4, seq: 1, stage: "queued", detail: "" });
  const waiting = page.conversation.tree.get(4);
  assert.ok(waiting?.queued);
  void page.takeBack(waiting);
  const request = take("/api/chats/c/messages/3");
  assert.equal(request?.method, "DELETE");
  await request?.answer(null, 204);
  assert.deepEqual(page.conversation.shown.map(({ id }) => id), [1, 2]);
  assert.equal(page.takeReturned()?.text, "two");
});

test("the server hears how far every answer has come, also of a chat that is not shown", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  void page.open(null);
  delta(2, 1, "x".repeat(70_000));
  assert.deepEqual(FakeLine.last.heard("ping").at(-1)?.seen, { 2: 1 });
  delta(2, 2, "y");
  mock.timers.tick(10_000);
  assert.deepEqual(FakeLine.last.heard("ping").at(-1)?.seen, { 2: 2 });
});

test("a line that is silent after a ping is given up", async () => {
  const page = await pageAt(null);
  page.socket.wake();
  mock.timers.tick(5000);
  assert.equal(page.socket.connected, false);
  mock.timers.tick(500);
  assert.equal(FakeLine.lines.length, 2);
});

async function regenerated(): Promise<{ page: ChatPage; asked: object | undefined }> {
  const page = await pageAt("c", [question(1, null), answer(2, 1)], 2);
  const message = page.conversation.tree.get(2);
  assert.ok(message);
  page.regenerate(message, { params: { window: 8192 } });
  return { page, asked: FakeLine.last.heard("regenerate")[0] };
}

test("another answer that was asked for over a line that broke is asked for again", async () => {
  const { asked } = await regenerated();
  assert.deepEqual(reconnect().heard("regenerate"), []);
  await take("/api/chats/c")?.answer(chatData([question(1, null), answer(2, 1)], 2));
  await take("/api/chats/c")?.answer(chatData([question(1, null), answer(2, 1)], 2));
  assert.deepEqual(FakeLine.last.heard("regenerate"), [asked]);
});

test("one that the server had taken is not asked for twice", async () => {
  const { page } = await regenerated();
  reconnect();
  const stored = [question(1, null), answer(2, 1, "one", { siblings: [2, 3] }), answer(3, 1, "", { state: "running", seq: 0, siblings: [2, 3] })];
  await take("/api/chats/c")?.answer(chatData(stored, 3));
  await take("/api/chats/c")?.answer(chatData(stored, 3));
  assert.deepEqual([FakeLine.last.heard("regenerate"), page.conversation.running.length], [[], 1]);
  reconnect();
  await settled();
  assert.deepEqual(FakeLine.last.heard("regenerate"), []);
});

test("a Retry that was pressed without a line is sent once there is one", async () => {
  const page = await pageAt("c", [question(1, null), answer(2, 1)], 2);
  FakeLine.last.close(1012);
  page.regenerate(page.conversation.tree.get(2) ?? assert.fail());
  mock.timers.tick(1000);
  FakeLine.last.open();
  assert.equal(FakeLine.last.heard("regenerate").length, 1);
});

test("a chat that was answered in the background is still marked after a reload, and one that ended meanwhile too", async () => {
  const page = await pageAt(null);
  page.send("one");
  accept(1, null, 2);
  void page.open(null);
  done(2, 1);
  page.list.touch("other", "Other", true);
  const again = new ChatPage(boot(null), "ws://x");
  again.start();
  const chats = ["other", "c"].map((id) => ({ id, title: id, updated_at: "2026-01-01T00:00:00Z", running: false }));
  await server.filter(({ path }) => path === "/api/chats").at(-1)?.answer({ chats, next: null });
  assert.deepEqual([...again.list.unseen].sort(), ["c", "other"]);
  void again.open("c");
  page.list.recall();
  assert.deepEqual([...page.list.unseen], ["other"]);
});

test("a chat whose model was withdrawn waits until another is chosen", async () => {
  const why = "The model “gone” is no longer allowed. Choose another.";
  const page = await pageAt("c", [question(1, null), answer(2, 1)], 2, { models: ["gone"], standing: [{ id: "gone", withdrawn: true, changed: false, why }] });
  assert.equal(page.choices.withdrawn, why);
  page.choices.choose("qwen");
  assert.equal(page.choices.withdrawn, "");
});

test("a question that is over the budget comes back with its sentence, and the limits are looked up", async () => {
  const page = await pageAt(null);
  page.send("Hi");
  const [first] = FakeLine.last.heard("send");
  FakeLine.last.says({ type: "error", id: first?.id, message: null, code: "over_budget", detail: "Used up until 14:00.", retryable: true });
  mock.timers.tick(1000);
  assert.deepEqual([page.takeReturned()?.text, page.problem, Boolean(take("/api/limits"))], ["Hi", "Used up until 14:00.", true]);
});
