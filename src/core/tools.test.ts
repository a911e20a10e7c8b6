import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { groupsOf, toolOf } from "./tools.ts";

const ask = (name: string, more: Record<string, Json> = {}) => ({ name, prompt: name, ...more });

function begunFrom(steps: readonly Json[], parallel = 2): readonly string[] {
  const run = new CoreRun(parallelOf([...steps], { limits: { parallel } }));
  const begun = (): string[] =>
    run.events.flatMap((event) => (event.type === "attempt.started" ? [event.address] : []));
  for (let at = 0; at < steps.length; at += 1) run.ok(begun()[at] ?? "");
  return begun();
}

describe("steps that work with the same", () => {
  const steps = [
    ask("a1"),
    ask("b1", { model: "small" }),
    { name: "line", run: "true" },
    ask("a2"),
    ask("b2", { model: "small" }),
    { name: "c1", command: "/task" },
    { name: "c2", command: "/task", params: "x" },
  ];

  it("begin one after another where not all can begin at once", () => {
    expect(begunFrom(steps)).toEqual(["a1", "a2", "b1", "b2", "c1", "c2", "line"]);
  });

  it("begin after what is more urgent", () => {
    expect(begunFrom([ask("a1"), ask("b1", { model: "small", priority: 1 }), ask("a2")])).toEqual([
      "b1",
      "a1",
      "a2",
    ]);
  });

  it("are those with the same agent, model, tools and preamble, command, or server", () => {
    const plan = new CoreRun(parallelOf(steps)).state.plan.root;
    expect(groupsOf(plan.nodes.map(({ step }) => step))).toEqual([0, 1, 2, 0, 1, 5, 5]);
    expect(plan.nodes.map(({ group }) => group)).toEqual([0, 1, 2, 0, 1, 5, 5]);
    const mcp = { kind: "mcp", server: "s", tool: "t", args: {}, mcpServers: {} } as const;
    expect(toolOf({ action: mcp })).toEqual({ key: "mcp s", kind: "mcp", name: "s" });
    expect(toolOf({ action: { kind: "run", line: "true" } })).toBeUndefined();
    expect(
      toolOf({ action: { kind: "agent", prompt: "x", agent: "a", model: "m", preamble: "p" } }),
    ).toMatchObject({ kind: "agent", name: "a", agent: "a", model: "m", preamble: true });
  });
});
