import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fakeBrowser, model, type Request, slowServer } from "./fake-server.ts";
import { initials } from "./initials.ts";
import { sections, shortWindow } from "./model-sections.ts";
import { Models } from "./models.ts";

let server: Request[];

beforeEach(() => {
  fakeBrowser();
  server = slowServer();
});

const listed = (models: Models, query = ""): [string, string[]][] => sections(models.all, query).map(({ name, models: found }) => [name, found.map(({ id }) => id)]);
const many = (): Models => new Models(Array.from({ length: 300 }, (_, n) => model(`m${n}`, { connection: `Server ${n % 3}` })));

test("favourites stand first, then the recent ones, assistants, and each connection; nothing stands twice", () => {
  const models = new Models([
    model("a", { favourite: true, used_at: "2026-01-09T00:00:00Z" }),
    model("b", { used_at: "2026-01-01T00:00:00Z" }),
    model("c", { used_at: "2026-01-02T00:00:00Z" }),
    model("assistant:d", { name: "Travel", kind: "assistant" }),
    ...["e", "f", "g", "h"].map((id) => model(id, { connection: "Cloud" })),
    model("i"),
  ]);
  assert.deepEqual(listed(models), [
    ["Favourites", ["a"]], ["Recently used", ["c", "b"]], ["Assistants", ["assistant:d"]], ["Cloud", ["e", "f", "g", "h"]], ["Lab", ["i"]],
  ]);
});

test("a handful of models needs no list of the recent ones", () => {
  const models = new Models([model("a", { used_at: "2026-01-01T00:00:00Z" }), model("b")]);
  assert.deepEqual(listed(models), [["Lab", ["a", "b"]]]);
});

test("a search puts names that begin with it first, and reads connections, descriptions and badges too", () => {
  const models = new Models([
    model("1", { name: "about-qwen" }),
    model("2", { name: "Qwen3-30B" }),
    model("3", { name: "coder", description: "made from qwen" }),
    model("4", { name: "llava", badges: ["vision"], connection: "Cloud" }),
  ]);
  assert.deepEqual(listed(models, "qwen"), [["", ["2", "1", "3"]]]);
  assert.deepEqual(listed(models, "cloud vision"), [["", ["4"]]]);
  assert.deepEqual(listed(models, "nothing"), []);
});

test("Chinese is found by its characters and by the first letters of its Pinyin", () => {
  assert.equal(initials("合同审查 v2"), "htsc v2");
  assert.equal(initials("qwen"), "");
  const models = new Models([model("a", { name: "合同审查助手" }), model("b", { name: "htm-writer" })]);
  assert.deepEqual(listed(models, "审查"), [["", ["a"]]]);
  assert.deepEqual(listed(models, "HTSC"), [["", ["a"]]]);
});

test("of three hundred one is found, and a window is read at a glance", () => {
  assert.deepEqual(listed(many(), "m271"), [["", ["m271"]]]);
  assert.deepEqual([4096, 32_768, 5108, 128_000, 1_048_576, 512].map(shortWindow), ["4k", "32k", "5k", "128k", "1M", "512"]);
});

test("a name that two servers have carries its server", () => {
  const models = new Models([model("a", { name: "llama" }), model("b", { name: "llama", connection: "Cloud" }), model("c")]);
  assert.deepEqual(["a", "b", "c", "gone"].map((id) => models.nameOf(id)), ["llama · Lab", "llama · Cloud", "c", "gone"]);
});

test("a star shines at once, stays while the list is fetched, and goes out with a sentence when it was not kept", async () => {
  const models = new Models([model("assistant:x/1")]);
  const star = (): boolean | undefined => models.get("assistant:x/1")?.favourite;
  void models.favour("assistant:x/1", true);
  void models.refresh();
  const [put, list] = server;
  assert.deepEqual([put?.method, put?.path, star()], ["PUT", "/api/models/assistant%3Ax%2F1/favourite", true]);
  await list?.answer([model("assistant:x/1")]);
  assert.equal(star(), true);
  await put?.answer({ detail: "The database is away." }, 503);
  assert.deepEqual([star(), models.problem], [false, "The database is away."]);
});

test("the list is not fetched twice in a moment", async () => {
  const models = new Models([]);
  void models.refresh(10_000);
  void models.refresh(12_000);
  void models.refresh(16_000);
  assert.equal(server.length, 2);
});
