import assert from "node:assert/strict";
import { test } from "node:test";
import { Uploads } from "./uploads.ts";

/** The server: it takes each file when the test says so. */
class FakeRequest extends EventTarget {
  static open: FakeRequest[] = [];
  readonly upload = new EventTarget();
  status = 0;
  responseText = "";
  open(): void {}
  setRequestHeader(): void {}

  send(): void {
    FakeRequest.open.push(this);
  }

  answers(status: number): void {
    FakeRequest.open = FakeRequest.open.filter((other) => other !== this);
    this.status = status;
    this.responseText = status === 202 ? '{"id": "a"}' : '{"detail": "It is too large."}';
    this.dispatchEvent(new Event("load"));
    this.dispatchEvent(new Event("loadend"));
  }
}

test("five hundred files go two at a time, in their order, past one that is refused", () => {
  globalThis.XMLHttpRequest = FakeRequest as unknown as typeof XMLHttpRequest;
  const uploads = new Uploads("/upload", "token");
  const told: string[] = [];
  for (let n = 0; n < 500; n += 1) {
    const file = new File(["x"], `${n}.txt`);
    uploads.add({ file, path: "", progress: () => {}, done: () => told.push(file.name), failed: (words, again) => told.push(`${words} ${again}`) });
  }
  let most = 0;
  for (let n = 0; FakeRequest.open.length; n += 1) {
    most = Math.max(most, FakeRequest.open.length);
    FakeRequest.open[0]?.answers(n === 7 ? 413 : 202);
  }
  assert.equal(most, 2);
  assert.equal(told.length, 500);
  assert.deepEqual(told.slice(6, 9), ["6.txt", "It is too large. false", "8.txt"]);
  assert.ok(!uploads.busy);
});
