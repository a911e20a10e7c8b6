import { assert, asyncProperty, integer, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { writerAtFault } from "./bisect.ts";

const signal = new AbortController().signal;
const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `c${at}`);

describe("the writer at fault", () => {
  it("is the first of them at which it does not hold, found by halving", async () => {
    await assert(
      asyncProperty(integer({ min: 1, max: 200 }), nat(), async (count, seed) => {
        const landings = named(count);
        const first = seed % count;
        const check = async (commit: string): Promise<boolean> =>
          commit === "good" || Number(commit.slice(1)) < first;
        const fault = await writerAtFault({ landings, good: "good", check }, signal);
        expect(fault).toMatchObject({ commit: `c${first}`, sure: true });
        expect(fault?.tried).toBeLessThanOrEqual(Math.ceil(Math.log2(count + 1)) + 2);
      }),
    );
  });

  it("is a guess when it did not hold before them either", async () => {
    const check = async (): Promise<boolean> => false;
    expect(await writerAtFault({ landings: named(4), good: "good", check }, signal)).toMatchObject({
      commit: "c0",
      sure: false,
    });
  });

  it("is a guess when the same commit holds and then does not", async () => {
    const seen = new Set<string>();
    const check = async (commit: string): Promise<boolean> => !seen.has(commit) && seen.add(commit).size > 0;
    expect(await writerAtFault({ landings: named(8), good: "good", check }, signal)).toMatchObject({
      sure: false,
    });
  });

  it("is a guess when it holds at the last of them", async () => {
    const check = async (): Promise<boolean> => true;
    expect(await writerAtFault({ landings: named(3), good: "good", check }, signal)).toMatchObject({
      commit: "c2",
      sure: false,
    });
  });

  it("is nobody when nothing has landed", async () => {
    const check = (): Promise<boolean> => Promise.reject(new Error("nothing is to be checked"));
    expect(await writerAtFault({ landings: [], good: "good", check }, signal)).toBeUndefined();
  });

  it("is not looked for any more once that is given up", async () => {
    const stop = new AbortController();
    const check = async (): Promise<boolean> => {
      stop.abort(new Error("given up"));
      return true;
    };
    await expect(writerAtFault({ landings: named(8), good: "good", check }, stop.signal)).rejects.toThrow(
      "given up",
    );
  });
});
