import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate, type Turn } from "./gate.ts";

/** Levels every 50 ms; what the gate said, with when. */
function told(gate: Gate, ...parts: [level: number, ms: number][]): [Turn, number][] {
  const said: [Turn, number][] = [];
  let now = 1;
  for (const [level, ms] of parts) {
    for (let at = 0; at < ms; at += 50, now += 50) {
      const turn = gate.feed(level, now);
      if (turn) said.push([turn, now]);
    }
  }
  return said;
}

test("speech opens it and a silence closes it", () => {
  const said = told(new Gate(800), [0.004, 1000], [0.1, 1500], [0.004, 2000]);
  assert.deepEqual(said.map(([turn]) => turn), ["begun", "over"]);
});

test("a room that hums, a door and a short pause do not", () => {
  assert.deepEqual(told(new Gate(800), [0.011, 20_000]), []);
  assert.deepEqual(told(new Gate(800), [0.004, 500], [0.4, 100], [0.004, 3000]), []);
  const said = told(new Gate(800), [0.004, 500], [0.1, 500], [0.004, 400], [0.1, 500], [0.004, 1000]);
  assert.deepEqual(said.map(([turn]) => turn), ["begun", "over"]);
});

test("a fan is learnt, and speech above it is still heard", () => {
  const gate = new Gate(800);
  for (let level = 0.005; level < 0.04; level += 0.0001) gate.feed(level, 1 + level * 1e6);
  assert.deepEqual(told(gate, [0.04, 5000]), []);
  assert.deepEqual(told(gate, [0.2, 500]).map(([turn]) => turn), ["begun"]);
});

test("while something is read aloud it wants more", () => {
  const gate = new Gate(800);
  gate.strict = true;
  assert.deepEqual(told(gate, [0.004, 500], [0.025, 2000]), []);
  assert.deepEqual(told(gate, [0.2, 500]).map(([turn]) => turn), ["begun"]);
});
