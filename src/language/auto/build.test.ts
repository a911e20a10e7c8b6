import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isObject, type Json } from "../../expression/json.ts";
import { loadObject } from "../load.ts";
import { type AutoOptions, ownInputs, planTask } from "./auto.ts";
import { type Available, pickCommands } from "./commands.ts";
import { modes } from "./mode.ts";
import { pieceNames } from "./steps.ts";

const library: readonly Available[] = "query feature task validate docs init protocol swarm session auto"
  .split(" ")
  .map((name) => ({ name, origin: "builtin", required: 0 }));

const called = loadObject({ inputs: { goal: { type: "string" } }, chain: [{ run: "a" }] }).workflow;
const workflows = called
  ? { "pattern:adaptive_workflow": called, "pattern:multi_agent_development": called }
  : {};

function plan(task: string, options: Partial<AutoOptions> = {}) {
  return planTask(task, { commands: library, ...options });
}

/** Commands, with groups in brackets. */
function outline(value: Json | undefined): string {
  const steps: readonly Json[] = Array.isArray(value) ? value : [];
  return steps.map((step) => (isObject(step) ? one(step) : "")).join(" ");
}

function one(step: Readonly<Record<string, Json | undefined>>): string {
  const name = typeof step["name"] === "string" ? step["name"] : "";
  const { flow } = step;
  if (Array.isArray(step["steps"])) return `${name}[${outline(step["steps"])}]`;
  if (step["workflow"] !== undefined) return `${name}=${JSON.stringify(step["workflow"])}`;
  if (!isObject(flow))
    return step["command"] === undefined ? name : `${name}${JSON.stringify(step["command"])}`;
  const conditions: readonly Json[] = Array.isArray(flow["conditions"]) ? flow["conditions"] : [];
  const ways = conditions.map((each) =>
    isObject(each)
      ? `${JSON.stringify(each["if"])}: ${outline(each["then"])} | ${outline(each["else"])}`
      : "",
  );
  return `${name}{${ways.join("; ")}}`;
}

function stepsOf(task: string, options: Partial<AutoOptions> = {}): string {
  const { definition } = plan(task, options);
  const { chain } = definition;
  return outline(isObject(chain) ? chain["steps"] : undefined).replaceAll('"', "");
}

describe("the workflow for a task", () => {
  it.each([
    ["fix the login test", "work/task"],
    ["How does the login work?", "research/query"],
    ["document the API", "write/docs"],
    ["review the last commit", "check/validate"],
    ["set up a project", "setup/init"],
    ["release it", "sure release/protocol"],
    ["deploy the site to production", "check/validate sure release/protocol"],
    ["find out why it is slow", "research/query"],
    ["find out why it is slow and fix it", "research/query work/task check/validate"],
    ["fix the login bug, update the README and bump the version", "work/task check/validate"],
    [
      "find out why the flaky test sometimes fails and fix it, with tests",
      "research/query plan/feature work/task check/validate",
    ],
    ["improve it until the benchmark is green", "rounds[work/task judge/validate]"],
    ["x", "work/task"],
    ["delete the customers of the production database", "sure work/task check/validate"],
    ["/docs the API", "docs/docs"],
    ["/nothing the API", "work/task"],
    [
      "Run it; if it fails, fix it, otherwise release it",
      "look/query decide{look.output.c1: work/task | sure release/protocol}",
    ],
    ["upgrade it unless it breaks", "look/query decide{!look.output.c1: work/task | }"],
    ["Add a flag. If it rains, document it.", "work/task look/query decide{look.output.c1: write/docs | }"],
    [
      "set up the project. Add a flag. If a, fix b; if c, fix d",
      "setup/init work/task look/query decide{look.output.c1: work/task | ; look.output.c2: work/task | }",
    ],
    [
      "review it for security, cost and privacy",
      "looks[security/validate cost/validate privacy/validate] integrate/session",
    ],
    ["ask two experts about it", "looks[opinion_1/query opinion_2/query] integrate/session"],
    [
      "ask experts about the security and the cost of it",
      "looks[security/query cost/query] integrate/session",
    ],
    [
      "have specialists build the frontend and the backend",
      "divide/swarm parts[frontend/task backend/task] integrate/session",
    ],
    ["translate each line of a.csv", "list/query each[work/task] integrate/session"],
    [
      "Build the frontend, the backend and the tests",
      "parts[frontend/task backend/task tests/task] check/validate",
    ],
    [
      "Test the frontend, the backend and the docs",
      "parts[frontend/validate backend/validate docs/validate] integrate/session",
    ],
    [
      "Investigate the frontend, the api and the docs and fix them",
      "research/query plan/feature parts[frontend/task api/task docs/task] check/validate",
    ],
    [
      "publish the frontend, the api and the cli",
      "parts[frontend/validate api/validate cli/validate] sure release/protocol",
    ],
    ["roll out both the api and the cli", "sure release/protocol"],
  ])("%j is %s", (task, expected) => {
    expect(stepsOf(task)).toBe(expected);
  });

  it("is of the kind that is asked for", () => {
    const kinds = modes.map((mode) => [mode, stepsOf("fix it", { mode })]);
    expect(Object.fromEntries(kinds)).toEqual({
      chain: "work/task",
      flow: "adapt=pattern:adaptive_workflow",
      swarm: "team=pattern:multi_agent_development",
      pipeline: "list/query each[work/task] integrate/session",
      hybrid: "work/task",
    });
    expect(plan("fix it", { mode: "flow" })).toMatchObject({ because: "it is asked for", effort: undefined });
    expect(stepsOf("/docs it", { mode: "chain" })).toBe("work/task");
    expect(plan("do it in parallel", { mode: "hybrid" }).notes).toEqual([
      "hybrid: nothing is named that could run side by side",
    ]);
    expect(plan("watch the stream of tickets").notes).toHaveLength(2);
  });

  it("tells its commands further inputs, how long to think, and nothing of the task's text itself", () => {
    const { definition, inputs, effort, score } = plan("fix it $(x) ${ y }", { given: ["style"] });
    expect(definition).toMatchObject({
      name: "auto-fix",
      inputs: { style: {}, task: { type: "string" } },
      chain: {
        steps: [{ effort, params: "${ inputs.task }", context: { inputs: { style: "${ inputs.style }" } } }],
      },
    });
    expect({ effort, score }).toEqual({ effort: "low", score: 1 });
    expect(inputs).toMatchObject({ task: "fix it $(x) ${ y }" });
    expect(plan("/docs it", { given: ["style"] }).definition).toMatchObject({
      chain: { steps: [{ context: { inputs: { style: "${ inputs.style }" } } }] },
    });
    expect(plan(" /docs  it\nand more ").inputs).toEqual({ task: "it\nand more" });
    expect(plan("/docs").inputs).toEqual({ task: "" });
    expect(ownInputs).toContain("task");
  });

  it("loads without a mistake, whatever the task says and whatever kind is asked for", () => {
    const words =
      "if then else unless add review release and , . : - 1. ` ``` ${ ${{ }} the x/y security cost until each record $(a) " +
      "when otherwise frontend backend experts delete production __proto__ inputs and true";
    const word = fc.constantFrom(...words.split(" "), "\n", "\n- ", "\u0000", "\u202e", "ü", "\ud800");
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 40 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, ...modes), (task, mode) => {
        const { definition, inputs } = plan(task, { mode, given: ["more"] });
        const { workflow, problems } = loadObject(definition, {
          workflows,
          commands: library.map(({ name }) => name),
        });
        expect(problems).toEqual([]);
        for (const name of Object.keys(inputs)) expect(workflow?.inputs).toHaveProperty(name);
        // templates are tutti's own
        const templates = JSON.stringify(definition).match(/\$\{[^}]*\}/g) ?? [];
        for (const one of templates) expect(one).toMatch(/^\$\{ (?:inputs|look|\w+)[\w.[\]]* \}$/);
      }),
    );
  });
});

describe("the command for a part", () => {
  const picked = (...more: Available[]) =>
    Object.fromEntries(
      [...pickCommands([...library, ...more])].map(([part, { command, origin }]) => [
        part,
        `${command} ${origin}`,
      ]),
    );

  it("is the project's own, by any of its names, before yours and tutti's", () => {
    const own = { origin: "project", required: 0 };
    expect(picked()).toMatchObject({ work: "/task builtin", release: "/protocol builtin" });
    expect(
      picked(
        { ...own, name: "review" },
        { ...own, name: "fix" },
        { ...own, name: "build" },
        { ...own, origin: "user", name: "task" },
        { ...own, origin: "user", name: "deploy" },
      ),
    ).toMatchObject({ check: "/review project", work: "/build project", release: "/deploy user" });
  });

  it("is none of a folder, and none that asks for more than the task", () => {
    expect(
      picked(
        { name: "db:task", origin: "project", required: 0 },
        { name: "fix", origin: "project", required: 2 },
      ),
    ).toMatchObject({ work: "/task builtin" });
    expect([...pickCommands([])].map(([, { command }]) => command)).toContain("/query");
  });
});

describe("the name of a piece", () => {
  it("has letters, digits and _ only, and is none that stands for something else", () => {
    expect(pieceNames(["the `api`", "the api", "日本", "work", "true", "a".repeat(50)])).toEqual([
      "the_api",
      "the_api_2",
      "part_3",
      "work_2",
      "true_step",
      "a".repeat(30),
    ]);
  });
});
