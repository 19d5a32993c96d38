import assert from "node:assert/strict";
import { test } from "node:test";
import { byDay } from "./chat-days.ts";

const chat = (id: string, updated_at: string) => ({ id, title: id, updated_at, running: false });

test("chats stand under today, yesterday, the week and their month", () => {
  const now = new Date(2026, 10, 21, 9, 0);
  const at = (day: number, month = 10) => new Date(2026, month, day, 23, 30).toISOString();
  const groups = byDay([chat("a", at(21)), chat("b", at(20)), chat("c", at(16)), chat("d", at(2)), chat("e", at(3, 5))], now, "en");
  assert.deepEqual(groups.map(({ name }) => name), ["Today", "Yesterday", "Previous 7 days", "Previous 30 days", "June 2026"]);
});
