import { describe, expect, it } from "vitest";
import type { Missing } from "../../core/missing.ts";
import { nodeView, runView } from "../../../test/cli/views.ts";
import { acceptedLines, missingLines, missingText } from "./missing.ts";

describe("a line about it", () => {
  it("does not repeat what a step said that is told as failed", () => {
    const failure = { code: "COMMAND_FAILED", message: 'it "x" failed: broke', class: "failure" } as const;
    const missing: Missing = {
      address: "each[0]",
      kind: "failed",
      required: '"a"',
      why: `"each[0]/x" failed: ${failure.message}`,
      instead: "the run went on without it",
      dependents: [],
    };
    const lineOf = (address: string) => {
      const view = runView([nodeView(address, { status: "failed", failure })]);
      const shown = missingLines({ ...view, missing: [missing] })[1] ?? "";
      const pieces = typeof shown === "string" ? [shown] : shown;
      return pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
    };
    expect(lineOf("each[0]/x")).toBe('    each[0] ("a"): "each[0]/x" failed');
    expect(lineOf("other")).toBe(`    each[0] ("a"): "each[0]/x" failed: ${failure.message}`);
  });

  it("names at most five that were to build on it", () => {
    const missing: Missing = {
      address: "x",
      kind: "failed",
      required: "./x",
      why: "it broke",
      instead: "the run went on without it",
      dependents: Array.from({ length: 7 }, (_, at) => ({ address: `d${at}`, fate: "was not done" })),
    };
    const [what, instead] = missingText(missing);
    expect(what).toBe("x (./x): it broke");
    expect(instead).toMatch(
      /^the run went on without it; "d0" was not done; .*"d4" was not done and 2 more$/,
    );
    expect(missingText({ ...missing, address: "", required: "the rest" })[0]).toBe("the rest: it broke");
  });
});

describe("what was accepted", () => {
  const textsOf = (view: Parameters<typeof acceptedLines>[0]) =>
    acceptedLines(view).map((shown) => {
      const pieces = typeof shown === "string" ? [shown] : shown;
      return pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
    });

  it("is one line each, of at most ten", () => {
    const one = { address: "polish", kind: "loop", required: "until x", why: "2 rounds are over" } as const;
    expect(textsOf(runView([], { accepted: [one] }))).toEqual([
      "  accepted: polish (until x): 2 rounds are over",
    ]);
    const many = textsOf(runView([], { accepted: Array.from({ length: 12 }, () => one) }));
    expect(many).toHaveLength(11);
    expect(many.at(-1)).toBe("  and 2 more things accepted: tutti show run1 --json");
    expect(textsOf(runView([]))).toEqual([]);
  });

  it("tells of a branch that took no way, with what its condition saw", () => {
    const saw = [{ way: "then", condition: "a > 1", value: false, read: { a: 0 } }];
    const branch = (address: string) =>
      nodeView(address, { kind: "branch", status: "verified", decision: { way: null, saw } });
    expect(textsOf(runView([branch("r")]))).toEqual(["  r → no way: a > 1 is false (a = 0)"]);
    expect(textsOf(runView([branch("r"), branch("s")]))).toEqual(["  no way was taken by r, s"]);
    const many = Array.from({ length: 12 }, (_, at) => branch(`r${at}`));
    expect(textsOf(runView(many))[0]).toMatch(/r9 and 2 more$/);
  });
});
