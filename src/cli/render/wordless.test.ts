import { expect, it } from "vitest";
import { wordlessLines } from "./wordless.ts";

const textsOf = (...[report]: Parameters<typeof wordlessLines>): readonly string[] =>
  wordlessLines(report).map((line) =>
    typeof line === "string"
      ? line
      : line.map((part) => (typeof part === "string" ? part : part.text)).join(""),
  );

it("commands that get no text are told once for the inputs that are empty, with how to give them", () => {
  expect(textsOf({})).toEqual([]);
  const auto = { address: "auto", command: "/auto", inputs: ["goal"] };
  expect(textsOf({ wordless: [auto] })).toEqual([
    'warning: auto gives /auto no text: the input "goal" is empty; give it with --input goal="…"',
  ]);
  const both = { address: "b", command: "/task", inputs: ["goal", "why"] };
  expect(textsOf({ wordless: [auto, { ...auto, address: "c" }, both, { ...auto, address: "d" }] })).toEqual([
    'warning: auto gives /auto no text, as do 2 other steps: the input "goal" is empty; give it with --input goal="…"',
    'warning: b gives /task no text: the inputs "goal", "why" are empty; give it with --input goal="…" --input why="…"',
  ]);
});
