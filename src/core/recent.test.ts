import { expect, it } from "vitest";
import { keptWhileRecent } from "./recent.ts";

it("makes nothing twice that is asked for again and again, and forgets what is not", () => {
  const made: number[] = [];
  const twice = keptWhileRecent(({ n }: { readonly n: number }) => {
    made.push(n);
    return 2 * n;
  }, 10);
  const first = { n: 0 };
  const all = [first, ...Array.from({ length: 99 }, (_, n) => ({ n: n + 1 }))];
  for (const one of all) {
    expect(twice(one)).toBe(2 * one.n);
    expect(twice(first)).toBe(0);
  }
  expect(made).toHaveLength(100);
  for (const one of all.slice(-10)) twice(one);
  expect(made).toHaveLength(100);
  for (const one of all.slice(0, 10)) twice(one);
  expect(made).toEqual([...all.map(({ n }) => n), 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
