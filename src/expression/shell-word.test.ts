import { expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

it("a text is one word of a command line, quoted only where that is needed", () => {
  expect(shellWord("outer/loop#2/ask")).toBe("outer/loop#2/ask");
  expect(shellWord("review[a b]/look")).toBe("'review[a b]/look'");
  expect(shellWord("it's")).toBe(`'it'\\''s'`);
  expect(shellWord("#1")).toBe("'#1'");
  expect(shellWord("")).toBe("''");
});
