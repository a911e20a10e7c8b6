import { describe, expect, it } from "vitest";
import { loadWorkflow } from "./load.ts";
import { mayWrite, mayWriteIn, toolsMayWrite, withCommandTools } from "./may-write.ts";
import type { Step } from "./workflow.ts";

function stepsOf(text: string): readonly Step[] {
  const other = loadWorkflow("chain: [{prompt: x}]").workflow ?? "";
  const { workflow, problems } = loadWorkflow(`chain:\n${text}`, { workflows: { other } });
  expect(problems).toEqual([]);
  return workflow?.chain.steps ?? [];
}

describe("tools", () => {
  it.each([
    [["Read", "Grep"], false],
    [[], false],
    [["Read", "Edit"], true],
    [["write"], true],
    [["NotebookEdit"], true],
    [["MultiEdit(src/**)"], true],
    [["*"], true],
    [["all"], true],
    [["Bash"], true],
    [["Bash()"], true],
    [["Bash(*)"], true],
    [["Bash(git diff:*)", "Bash(ls:*)", "Bash(ls)", "Bash(rg *)"], false],
    [["Bash(git log --oneline)", "Bash( cat README.md )"], false],
    [["Bash(npm audit)"], false],
    [["Bash(npm audit:*)"], true],
    [["Bash(npm audit fix)"], true],
    [["Bash(lsof:*)"], true],
    [["Bash(git:*)"], true],
    [["Bash(git push)"], true],
    [["Bash(ls && rm -rf x)"], true],
    [["Bash(cat a > b)"], true],
    [["Bash(git diff --output=x)"], true],
    [["(odd"], false],
  ] as const)("%j may write: %s", (tools, expected) => {
    expect(toolsMayWrite(tools)).toBe(expected);
  });

  it("that nobody names are all of them", () => {
    expect(toolsMayWrite(undefined)).toBe(true);
  });
});

describe("a step may write", () => {
  it.each([
    ["{command: /task}", "yes"],
    ["{command: /task, writes: []}", "no"],
    ["{prompt: x}", "yes"],
    ["{prompt: x, tools: [Read]}", "no"],
    ["{prompt: x, tools: [Read], permissions: ask}", "yes"],
    ["{prompt: x, tools: [Read], permissions: deny}", "no"],
    ["{prompt: x, tools: [Read], writes: a}", "yes"],
    ["{run: x}", undefined],
    ["{run: x, writes: [out/**]}", "yes"],
    ["{http: 'https://x.y'}", undefined],
    ["{steps: [{prompt: x}]}", undefined],
    ["{steps: [{prompt: x}], writes: []}", "no"],
  ])("%s: %s by its own text", (text, expected) => {
    expect(stepsOf(`- ${text}`)[0]?.mayWrite).toBe(expected);
  });

  it.each([
    ["{steps: [{run: x}, {prompt: x}]}", true],
    ["{steps: [{run: x}, {prompt: x}], writes: []}", false],
    ["{repeat: 2, steps: [{run: x}]}", false],
    ["{for_each: [1], steps: [{prompt: x}]}", true],
    ["{flow: [{if: 'true', then: [{run: x}], else: [{prompt: x}]}]}", true],
    ["{workflow: other}", true],
    ["{workflow: other, mode: child}", true],
    ["{approval: ok}", false],
  ])("%s: %s with all that it holds", (text, expected) => {
    const [step] = stepsOf(`- ${text}`);
    expect(step && mayWrite(step)).toBe(expected);
  });

  it("not when it is a command whose own tools only read", () => {
    const steps = stepsOf(
      "- {command: /look}\n- {command: /look, writes: a}\n- {command: /do}\n- {repeat: 2, steps: [{command: /look}]}",
    );
    const block = { steps, parallelWherePossible: false, errorStrategy: "stop" } as const;
    const asking = { steps: stepsOf("- {command: /look, permissions: ask}") };
    const informed = withCommandTools(block, (name) => (name === "/look" ? ["Read"] : undefined));
    expect(withCommandTools({ ...block, ...asking }, () => ["Read"]).steps.map(mayWrite)).toEqual([true]);
    expect(informed.steps.map(mayWrite)).toEqual([false, true, true, false]);
    expect(mayWriteIn(informed)).toBe(true);
    expect(mayWriteIn({ ...informed, steps: informed.steps.slice(0, 1) })).toBe(false);
  });
});
