import { describe, expect, it } from "vitest";
import { isNamed } from "./part-name.ts";
import { compileTemplate } from "./template.ts";

describe("the name of a value in a template", () => {
  it.each([
    ["scan", "scan.output.log", true],
    ["scan.output", "scan.output.log", true],
    ["scan.output.log", "scan.output.log", true],
    ["scan.out", "scan.output.log", false],
    ["scan.output.log.x", "scan.output.log", false],
    ["sign-off", 'steps["sign-off"].output', true],
    ["steps", 'steps["sign-off"].output', false],
    ["steps", "size(steps)", true],
    ["b", "a.output + b.output", true],
    [" size(a.output) ", "size(a.output)", true],
    ["size", "size(a.output)", false],
  ])("%s for %s: %s", (name, source, expected) => {
    const [part] = compileTemplate(`\${ ${source} }`).expressions;
    expect(part && isNamed(name, part)).toBe(expected);
  });
});
