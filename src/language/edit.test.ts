import { describe, expect, it } from "vitest";
import { withValue } from "./edit.ts";

describe("a value that is set in a text", () => {
  it("stands at its path; comments stay", () => {
    const text = "# why\na:\n  - b: 1 # one\n    c: x\n";
    expect(withValue(text, ["a", 0, "b"], { value: 2 })).toBe("# why\na:\n  - b: 2 # one\n    c: x\n");
  });
});
