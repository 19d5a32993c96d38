import assert from "node:assert/strict";
import { test } from "node:test";
import { Letters, passageIn } from "./letters.ts";

function marked(passage: string, ...strings: string[]): string[] | null {
  return passageIn(passage, new Letters(strings))?.map(({ item, from, to }) => (strings[item] ?? "").slice(from, to)) ?? null;
}

test("line ends, hyphens and other blanks do no harm", () => {
  assert.deepEqual(marked("The information\nis kept  for ten years.", "Rules. The infor-", "mation is kept", "for ten years. More."), [
    "The infor",
    "mation is kept",
    "for ten years",
  ]);
});

test("ligatures, accents and full-width signs are the same letters", () => {
  assert.deepEqual(marked("The office's first café: 65 euros", "The oﬃce’s ﬁrst cafe\u0301: ６５ euros"), ["The oﬃce’s ﬁrst cafe\u0301: ６５ euros"]);
});

test("Chinese is found across lines and in other forms of the same signs", () => {
  assert.deepEqual(marked("出差补贴每天四十二欧元。", "一、出差补", "贴 每天四⼗二", "欧元。报销"), ["出差补", "贴 每天四⼗二", "欧元"]);
});

test("what stands between its lines on the page is left out", () => {
  const passage = "Travel is booked by the office in Rome. Receipts are handed in within thirty days of the return.";
  assert.deepEqual(marked(passage, "Travel is booked by the office in Rome.", "Staff handbook, page seven", "Receipts are handed in within thirty days of the return."), [
    "Travel is booked by the office in Rome",
    "Receipts are handed in within thirty days of the return",
  ]);
});

test("a passage that goes on beyond the page is marked as far as it goes", () => {
  assert.deepEqual(marked("Travel is booked by the office in Rome. And this stands on the next.", "x Travel is booked by the office in Rome."), [
    "Travel is booked by the office in Rome",
  ]);
});

test("what is not there is not found, and nothing is found in nothing", () => {
  assert.equal(marked("Travel is booked by the office in Rome.", "Something else stands on this page."), null);
  assert.equal(marked("Travel", ""), null);
  assert.equal(marked(" — ", "—"), null);
});

test("a long page is searched quickly", () => {
  const page = new Letters(Array.from({ length: 4000 }, (_, number) => `line ${number} of much text`));
  const passage = Array.from({ length: 300 }, (_, number) => `words ${number} that are nowhere`).join(" ");
  assert.equal(passageIn(passage, page), null);
});
