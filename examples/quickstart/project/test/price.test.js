import assert from "node:assert/strict";
import { test } from "node:test";
import { totalCents } from "../src/price.js";

test("adds up articles", () => {
  assert.equal(
    totalCents([
      { cents: 250, count: 2 },
      { cents: 100, count: 1 },
    ]),
    600,
  );
});

test("gives every tenth piece of an article for free", () => {
  assert.equal(totalCents([{ cents: 100, count: 10 }]), 900);
  assert.equal(totalCents([{ cents: 100, count: 25 }]), 2300);
});
