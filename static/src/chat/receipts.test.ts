import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "./fake-server.ts";
import { Message } from "./message.ts";
import { engineWords, isExcerpt, pageWords, receiptOf, receiptWords, sourcesWords } from "./receipts.ts";
import type { Citation, PageTold } from "./wire.ts";

const RECEIPT = JSON.stringify({
  queries: ["rail fares"],
  engines: [
    { name: "Brave", state: "failed", reason: "Brave does not accept the API key." },
    { name: "SearXNG", state: "found", hits: 3, seconds: 0.4 },
  ],
  pages: [
    { url: "https://a.example/", title: "Fares", state: "fetched", size: 51_200, seconds: 0.3, mark: "abc" },
    { url: "https://b.example/", title: "Other", state: "snippet", reason: "The page asks to sign in." },
  ],
  seconds: 1.2,
});
const cite = (url: string): Citation => ({ n: 1, title: "", url, document: null, document_name: null, page: null, heading: "", text: "", score: 1, cited: false });

test("a receipt comes with its frame and with the history, and is no stage of its own", () => {
  const message = new Message(answer(2, 1, "", { state: "running", seq: 0, stage: "" }));
  message.apply({ type: "status", message: 2, seq: 1, stage: "searching", detail: "fares" }, 0);
  message.apply({ type: "status", message: 2, seq: 2, stage: "searched", detail: RECEIPT }, 0);
  assert.equal(message.stage, "searching");
  assert.equal(message.search?.engines?.length, 2);
  assert.deepEqual(new Message(answer(2, 1, "", { search: RECEIPT })).search, message.search);
  assert.equal(receiptOf("no json"), null);
});

test("an engine that had to be passed over is named at the answer itself", () => {
  assert.equal(sourcesWords(2, receiptOf(RECEIPT)), "2 passages read · no answer from Brave");
  assert.equal(sourcesWords(0, receiptOf('{"engines": [{"name": "Exa", "state": "nothing"}]}')), "How the web was used");
  assert.equal(sourcesWords(1, null), "1 passage read");
});

test("what became of engines and pages is said", () => {
  const receipt = receiptOf(RECEIPT)!;
  assert.equal(receiptWords(receipt), "SearXNG · 1 page read · 1.2 s");
  assert.deepEqual(receipt.engines!.map(engineWords), ["Brave does not accept the API key.", "3 hits"]);
  const [read, excerpt] = receipt.pages as [PageTold, PageTold];
  assert.equal(pageWords(read, [cite("https://a.example/")]), "read · 50 KB · 0.3 s · 1 passage used");
  assert.equal(pageWords(excerpt, []), "only the engine\u2019s excerpt");
  assert.equal(isExcerpt(receipt, cite("https://b.example/")), true);
  assert.equal(isExcerpt(receipt, cite("https://a.example/")), false);
  assert.equal(isExcerpt(null, cite("https://b.example/")), false);
});
