import { describe, expect, it } from "vitest";
import { Turns } from "./turns.ts";

describe("turns", () => {
  it("let so many work at once, and the others in the order in which they came", async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const works = [0, 1, 2, 3].map((one) => ({ one, ...Promise.withResolvers<void>() }));
    const done = works.map(({ one, promise }) => turns.run(() => (begun.push(one), promise)));
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    works[1]?.resolve();
    await done[1];
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of works) resolve();
    await Promise.all(done);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("go on after a work that failed", async () => {
    const turns = new Turns(1);
    const failed = turns.run(() => Promise.reject(new Error("no")));
    const next = turns.run(() => Promise.resolve("yes"));
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });
});
