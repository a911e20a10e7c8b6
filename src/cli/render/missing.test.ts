import { describe, expect, it } from "vitest";
import type { Missing } from "../../core/missing.ts";
import { missingText } from "./missing.ts";

describe("a line about it", () => {
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
