import assert from "node:assert/strict";
import { test } from "node:test";
import { answerFacts } from "./answer-facts.ts";
import { failureCard } from "./failures.ts";
import { answer, question } from "./fake-server.ts";
import { bars, isPassage, type LedgerData } from "./ledger.ts";
import { Message } from "./message.ts";
import { passageList } from "./passages.ts";
import { marksBefore } from "./thread-marks.ts";
import type { MessageData } from "./wire.ts";

const wrote = (id: string, digest = ""): Partial<MessageData> => ({ model: { id, name: id, digest } });
const name = (id: string): string => id.toUpperCase();

function thread(...answers: Partial<MessageData>[]): Message[] {
  return answers.flatMap((change, at) => [
    new Message(question(2 * at + 1, at ? 2 * at : null)),
    new Message(answer(2 * at + 2, 2 * at + 1, "yes", change)),
  ]);
}

test("a switch of models is noted before the question that was asked of the other one", () => {
  const marks = marksBefore(thread(wrote("a"), wrote("a"), wrote("b"), wrote("b")), name);
  assert.deepEqual([...marks], [[5, [{ kind: "model", name: "B" }]]]);
});

test("other weights behind the same name are noted, once, and only when both are known", () => {
  const marks = marksBefore(thread(wrote("a"), wrote("a", "1"), wrote("a", "1"), wrote("a", "2"), wrote("a", "2")), name);
  assert.deepEqual([...marks], [[7, [{ kind: "changed", name: "a" }]]]);
});

test("the place is marked from which the last answer was told", () => {
  const branch = thread({}, { told_from: 3 }, { told_from: 5 });
  assert.deepEqual([...marksBefore(branch, name)], [[5, [{ kind: "left-out", answer: branch[5] }]]]);
  assert.equal(marksBefore(thread({}, { told_from: 1 }), name).size, 0);
});

test("numbers of passages are read as a sentence has them", () => {
  assert.equal(passageList([4, 5, 6, 7, 8]), "4–8");
  assert.equal(passageList([8, 1, 3, 4]), "1, 3, 4, 8");
});

test("the bars are the parts, the answer and what stayed free, and fill the window", () => {
  const ledger = {
    window: 1000, reported: { prompt: 500, completion: 100 }, left_out: [],
    parts: [{ kind: "system", tokens: 100, items: [] }, { kind: "files", tokens: 0, items: [] }, { kind: "question", tokens: 400, items: [] }],
  } as unknown as LedgerData;
  assert.deepEqual(bars(ledger).map(({ kind, share }) => [kind, share]), [["system", 0.1], ["question", 0.4], ["reply", 0.1], ["free", 0.4]]);
  assert.deepEqual(bars({ ...ledger, window: null }).map(({ share }) => Math.round(share * 10)), [2, 7, 2]);
});

test("the figures of an answer are what its server told, and no more", () => {
  const usage = { prompt_tokens: 1204, completion_tokens: 356, first_token_ms: 840, tokens_per_second: 41.66 };
  const told = new Message(answer(2, 1, "yes", { usage, host: "Lab" }));
  assert.deepEqual(answerFacts(told, "en"), ["1,204 tokens read", "356 tokens written", "first word after 0.8 s", "42 tokens a second", "ended by itself", "qwen on Lab"]);
  assert.deepEqual(answerFacts(new Message(answer(2, 1)), "en"), ["ended by itself", "qwen"]);
});

test("a failure says what failed and on whose side", () => {
  const failed = (code: string, text = "") => failureCard(new Message(answer(2, 1, text, { state: "failed", host: "Lab", error: { code, detail: "", retryable: true } })));
  assert.deepEqual(failed("unreachable"), { title: "The model server cannot be reached", side: "Model server · Lab", otherModel: true });
  assert.equal(failed("cut_off", "Half").title, "The answer broke off");
  assert.deepEqual([failed("search_failed").side, failed("over_budget").side, failed("internal").side], ["Search engine", "Your permissions", "This site"]);
  assert.equal(failed("interrupted").otherModel, false);
});

test("a passage is known by the number that it begins with", () => {
  const item = (title: string) => ({ title, tokens: 1, text: "" });
  const lost = new Set([4, 5]);
  assert.deepEqual(["[4] Handbook", "[1] Handbook", "How to use them"].map((title) => isPassage(item(title), lost)), [true, false, false]);
});
