import { expect, it } from "vitest";
import { createRunIds } from "./project.ts";

const now = Date.UTC(2026, 10, 20);

it("gives ten thousand runs that begin in one second ten thousand ids", () => {
  const nextId = createRunIds();
  const ids = Array.from({ length: 10_000 }, () => nextId(now));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[0-9a-hjkmnp-tv-z]{10}$/.test(id))).toBe(true);
});

it("gives ids that sort by the second in which the run began", () => {
  const nextId = createRunIds();
  const ids = Array.from({ length: 100 }, (_, second) => nextId(now + second * 1000));
  expect(ids.toSorted()).toEqual(ids);
});
