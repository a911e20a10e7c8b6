import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { CoreRun } from "../testing/core-run.ts";
import { capAround, isLeftOver } from "./child-caps.ts";
import { nothingSpent } from "./child-record.ts";

function workflow(value: JsonObject, workflows: Readonly<Record<string, Workflow>> = {}): Workflow {
  const { workflow: found, problems } = loadObject(value, { workflows });
  if (!found) throw new Error(problems.map(({ message }) => message).join("\n"));
  return found;
}

const other = workflow({ name: "other", limits: { cost: 3 }, chain: [{ name: "n", run: "x" }] });

function runOf(chain: readonly Json[], rest: JsonObject = {}): CoreRun {
  return new CoreRun(workflow({ name: "x", chain: [...chain], ...rest }, { "./other.yaml": other }));
}

const sub: JsonObject = { name: "sub", workflow: "./other.yaml", mode: "child" };
const some = { ...nothingSpent, inputTokens: 10, outputTokens: 5, agents: 1 };

describe("caps of a run inside another", () => {
  it("are told by whose they are when they stop it: its own file's, the tightest around the step, or the run's", () => {
    const run = runOf(
      [
        {
          name: "g",
          limits: { cost: 2, agents: 2, tokens: 100 },
          steps: [{ ...sub, limits: { cost: 1 } }],
        },
      ],
      { limits: { cost: 9 } },
    );
    const node = run.node("g/sub");
    const spent = { ...some, costUsd: 0.75 };
    expect(capAround(run.state, node, { limit: "costUsd", predicted: 0.5, spent })).toEqual({
      limit: "costUsd",
      used: 0.75,
      cap: 1,
      predicted: 0.5,
      of: "g/sub",
    });
    expect(capAround(run.state, node, { limit: "agents", spent })).toMatchObject({ of: "g", used: 1 });
    expect(capAround(run.state, node, { limit: "tokens", spent })).toMatchObject({ of: "g", used: 15 });
    expect(capAround(run.state, node, { limit: "timeMs", spent })).toBeUndefined();
    const bare = runOf([sub]);
    expect(capAround(bare.state, bare.node("sub"), { limit: "costUsd", spent })).toBeUndefined();
    const inside = { parent: { runId: "r1", address: "sub", effect: "e" }, workflow: other };
    expect(isLeftOver(inside, { limit: "costUsd", cap: 2 })).toBe(true);
    expect(isLeftOver(inside, { limit: "costUsd", cap: 3 })).toBe(false);
    expect(isLeftOver(inside, { limit: "costUsd", cap: 3, outer: true })).toBe(true);
    expect(isLeftOver(inside, { limit: "dayUsd", cap: 1 })).toBe(false);
    expect(isLeftOver({ ...inside, parent: undefined }, { limit: "costUsd", cap: 2 })).toBe(false);
    const { ownLimits: _, ...defaults } = other;
    expect(isLeftOver({ ...inside, workflow: defaults }, { limit: "costUsd", cap: 2 })).toBe(true);
  });
});
