import { describe, expect, it } from "vitest";
import { OutputTails } from "./live-output.ts";

describe("kept output", () => {
  it("is the last lines of a step, harmless on a terminal", () => {
    const tails = new OutputTails();
    tails.add({ address: "a", line: "\u001b[2Jone" });
    tails.add({ address: "a", line: "two\u0007" });
    tails.add({ address: "a", line: "" });
    expect(tails.lines("a")).toEqual(["one", "two", ""]);
    expect(tails.last("a")).toBe("two");
    expect([tails.lines("b"), tails.last("b")]).toEqual([[], undefined]);
  });

  it("knows the last line that is not empty, also when only empty ones came after it for long", () => {
    const tails = new OutputTails();
    tails.add({ address: "a", line: "said" });
    for (let line = 0; line < 1000; line += 1) tails.add({ address: "a", line: "\u001b[0m" });
    expect(tails.last("a")).toBe("said");
  });

  it("stays small, however much is printed by however many", () => {
    const tails = new OutputTails();
    for (let line = 0; line < 1000; line += 1)
      tails.add({ address: "a", line: `${line} ${"x".repeat(10_000)}` });
    expect(tails.lines("a").length).toBe(200);
    expect(tails.lines("a")[0]).toMatch(/^800 x{396}$/);
    for (let step = 0; step < 200; step += 1) tails.add({ address: `s${step}`, line: "hi" });
    expect(tails.lines("a")).toEqual([]);
    expect(tails.last("a")).toMatch(/^999 /);
    expect(tails.lines("s199")).toEqual(["hi"]);
  });
});
