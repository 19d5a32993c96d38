import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Sending } from "./attachment-upload.ts";
import { Attachments, knownFiles } from "./attachments.ts";
import type { AttachmentData } from "./wire.ts";

const kept = new Map<string, string>();
let there: Map<string, AttachmentData>;
let deleted: string[];

beforeEach(() => {
  kept.clear();
  there = new Map();
  deleted = [];
  Object.assign(globalThis, {
    localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) },
    document: { querySelector: () => null, getElementById: () => null },
    fetch: async (path: string, { method }: { method: string }) => {
      const id = path.split("/").at(-1) ?? "";
      if (method === "DELETE") deleted.push(id);
      const data = there.get(id);
      return { ok: !!data, status: data ? 200 : 404, json: async () => data ?? { detail: "gone" } };
    },
  });
});

function data(id: string, more: Partial<AttachmentData> = {}): AttachmentData {
  return { id, name: `${id}.txt`, kind: "document", media_type: "text/plain", size: 5, width: null, height: null, state: "ready", error: null, ...more };
}

function server(): { files: Attachments; sent: Sending[] } {
  const sent: Sending[] = [];
  const files = new Attachments("alice@example.org", (_file, to) => {
    sent.push(to);
    return () => undefined;
  });
  return { files, sent };
}

const file = (name: string): File => new File(["words"], name, { type: "text/plain" });

test("a question waits for a file on its way, and takes it along once it is there", () => {
  const { files, sent } = server();
  files.add([file("plan.txt")]);
  assert.match(files.reason, /plan\.txt.*on its way/);
  sent[0]?.progress(0.5);
  assert.equal(files.files[0]?.progress, 0.5);
  sent[0]?.done(data("a", { name: "plan.txt" }));
  assert.equal(files.reason, "");
  assert.deepEqual(files.take(), ["a"]);
  assert.deepEqual(files.files, []);
  assert.equal(knownFiles(["a", "unknown"])[0]?.name, "plan.txt");
  assert.equal(kept.size, 0);
});

test("what the server refuses stays with its reason, and can be sent again when that may help", () => {
  const { files, sent } = server();
  files.add([file("plan.txt")]);
  sent[0]?.failed("The connection broke.", true);
  assert.match(files.reason, /cannot be sent/);
  assert.equal(files.files[0]?.error, "The connection broke.");
  files.retry(files.files[0]!);
  assert.equal(sent.length, 2);
  assert.equal(files.files[0]?.error, "");
});

test("a document that could not be read says why, and does not go along", () => {
  const { files, sent } = server();
  files.add([file("scan.pdf")]);
  sent[0]?.done(data("a", { state: "failed", error: "It is a scan." }));
  assert.equal(files.files[0]?.error, "It is a scan.");
  assert.deepEqual(files.ids, []);
});

test("at most ten go with one question, and the others are named", () => {
  const { files, sent } = server();
  files.add(Array.from({ length: 12 }, (_, n) => file(`${n}.txt`)));
  assert.equal(sent.length, 10);
  assert.match(files.problem, /At most 10/);
});

test("files that were not sent are there again when their chat is opened, unless the server has lost them", async () => {
  const first = server();
  first.files.moveTo("chat", false);
  first.files.add([file("a.txt"), file("b.txt")]);
  first.sent[0]?.done(data("a"));
  first.sent[1]?.done(data("b"));
  there.set("a", data("a"));
  const { files } = server();
  files.moveTo("chat", false);
  assert.deepEqual(files.ids, ["a", "b"]);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(files.ids, ["a"]);
  files.moveTo("other", false);
  assert.deepEqual(files.ids, []);
});

test("a new chat that becomes a stored one keeps what was attached meanwhile", () => {
  const { files, sent } = server();
  files.moveTo(null, false);
  files.add([file("a.txt")]);
  sent[0]?.done(data("a"));
  files.moveTo("chat", true);
  assert.deepEqual(files.ids, ["a"]);
  assert.deepEqual([...kept.keys()], ["draft-files:alice@example.org:chat"]);
});

test("an edited question brings its files, gives them up without deleting, and the draft comes back", () => {
  const { files, sent } = server();
  files.add([file("draft.txt")]);
  sent[0]?.done(data("draft"));
  files.edit([data("old"), data("older")]);
  files.drop(files.files[1]!);
  assert.deepEqual(deleted, []);
  assert.deepEqual(files.take(), ["old"]);
  assert.deepEqual(files.ids, ["draft"]);
  files.drop(files.files[0]!);
  assert.deepEqual(deleted, ["draft"]);
});

test("files of a question that came back are attached again", async () => {
  const { files } = server();
  there.set("a", data("a"));
  await files.restore(["a", "gone"]);
  assert.deepEqual(files.ids, ["a"]);
  assert.match(files.problem, /gone/);
});
