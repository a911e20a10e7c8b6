import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeView } from "../src/core/view.ts";
import { openTutti } from "../src/engine.ts";
import type { Json, JsonObject } from "../src/expression/json.ts";
import type { Chain } from "../src/language/workflow.ts";
import type { WorkflowSource } from "../src/verbs/load.ts";

/*
 * All that decides, routes or repeats in the source documents: examples in blocks, typed lines, and what the documents
 * only say in a sentence, as the line that does it. Each way that a workflow declares is taken, each loop ends in each
 * of its ways; what is declared is read from the loaded workflow, so that nothing can be forgotten.
 */
const seeds = fileURLToPath(new URL("../../shared/seeds/", import.meta.url));
const timeout = 120_000;

/** The fenced block of the source documents in which this stands. */
function block(words: string): WorkflowSource {
  const texts = readdirSync(seeds).map((file) => readFileSync(join(seeds, file), "utf8"));
  const blocks = texts.flatMap((text) => text.match(/^\s*```yaml\n[^]*?^\s*```/gm) ?? []);
  const found = blocks.find((one) => one.includes(words)) ?? "";
  return { kind: "text", text: found.replaceAll(/^\s*```.*$/gm, "") };
}

function chain(text: string, flags: Readonly<Record<string, string>>): WorkflowSource {
  return { kind: "chain", text, flags };
}

/** One run: what agents answer, by step, and the inputs it gets. */
interface Round {
  readonly answers?: Readonly<Record<string, Json>>;
  readonly inputs?: JsonObject;
  /** How the run ends; absent: completed. */
  readonly status?: string;
}

interface Example {
  readonly what: string;
  readonly source: () => WorkflowSource;
  readonly runs: readonly Round[];
  /** Ways of which a decision may take none, because it has no other. */
  readonly mayTakeNone?: readonly string[];
}

const none = {
  simple_task_detected: false,
  complex_requirements_detected: false,
  multi_component_scope_detected: false,
  production_deployment_required: false,
  documentation_needed: false,
};
const project = {
  affects_files: 3,
  complexity_score: 9,
  unknown_domain: false,
  requirements_unclear: false,
  architectural_changes_required: false,
  deployment_target: "none",
  primary_goal: "none",
};
const auto = (found: JsonObject): Round => ({ answers: { auto: found } });
const rounds = (step: string, ...found: readonly JsonObject[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(found.map((output, index) => [`rounds#${index + 1}/${step}`, output]));
const quality = (...scores: readonly number[]) =>
  rounds("task", ...scores.map((quality_score) => ({ quality_score })));

const examples: readonly Example[] = [
  {
    what: "the pattern library's adaptive_workflow (routing)",
    source: () => block('workflow_id: "adaptive_workflow"'),
    runs: [none, ...Object.keys(none).map((name) => ({ ...none, [name]: true }))].map(auto),
    mayTakeNone: ["route"],
  },
  {
    what: "example 3, adaptive_project_handling (routing)",
    source: () => block('workflow_id: "adaptive_project_handling"'),
    runs: [
      project,
      { ...project, affects_files: 1, complexity_score: 3 },
      { ...project, unknown_domain: true },
      { ...project, architectural_changes_required: true },
      { ...project, affects_files: 4 },
      { ...project, deployment_target: "production" },
      { ...project, primary_goal: "documentation" },
    ].map(auto),
    mayTakeNone: ["route"],
  },
  {
    what: "the flow with two conditions",
    source: () => block('codebase.complexity > 1000"'),
    runs: [2000, 10].flatMap((complexity) =>
      [2, 0].map((issues) => ({ inputs: { codebase: { complexity }, security: { issues_found: issues } } })),
    ),
  },
  {
    what: "/flow if condition then action1 else action2",
    source: () => ({ kind: "flow", text: "if condition then action1 else action2" }),
    runs: [true, false].map((condition) => ({ inputs: { condition } })),
  },
  {
    what: "/chain adaptive_development --conditions=complexity_based_routing",
    source: () => chain("adaptive_development", { start: "/auto", conditions: "complexity_based_routing" }),
    runs: [1, 5, 9].map((complexity) => auto({ complexity })),
  },
  {
    what: "adaptive_development: /swarm only if /task determines multi-component scope",
    source: () => chain("scope", { start: "/task", conditions: "if multi_component_scope then /swarm" }),
    runs: [true, false].map((multi_component_scope) => ({ answers: { task: { multi_component_scope } } })),
    mayTakeNone: ["route"],
  },
  {
    what: "quality_dependent_flow: /protocol only if quality gates pass",
    source: () => chain("quality", { start: "/validate", conditions: "if gates_pass then /protocol" }),
    runs: [true, false].map((gates_pass) => ({ answers: { validate: { gates_pass } } })),
    mayTakeNone: ["route"],
  },
  {
    what: "research_driven_routing: /feature or /task by what /query finds",
    source: () =>
      chain("research", { start: "/query", conditions: "if needs_design then /feature else /task" }),
    runs: [true, false].map((needs_design) => ({ answers: { query: { needs_design } } })),
  },
  {
    what: "/chain iterative_improvement --criteria=quality_threshold_90 --max_iterations=3",
    source: () =>
      chain("iterative_improvement", {
        command: "/task",
        criteria: "quality_threshold_90",
        maxIterations: "3",
      }),
    runs: [
      { answers: quality(95) },
      { answers: quality(60, 92) },
      { answers: quality(60, 70, 80), status: "failed" },
      { answers: quality(60, 60, 60), status: "failed" },
    ],
  },
  ...(
    [
      ["iterative_refinement: /task until the criteria are satisfied", "task", "quality_criteria_satisfied"],
      ["research_convergence: /query until it is understood", "query", "comprehensive_understanding"],
      ["feature_iteration: /feature until it is complete", "feature", "is_complete"],
    ] as const
  ).map(([what, command, criteria]) => ({
    what,
    source: () => chain(what.split(":")[0] ?? "", { command: `/${command}`, criteria, maxIterations: "2" }),
    runs: [
      { answers: rounds(command, { [criteria]: true }) },
      { answers: rounds(command, { [criteria]: false }, { [criteria]: true }) },
      { answers: rounds(command, { [criteria]: false }, { [criteria]: false }), status: "failed" },
    ],
  })),
];

/** `address way` of every way that a chain declares; those of called workflows are their own matter. */
function declared({ steps }: Chain, prefix = ""): readonly string[] {
  return steps.flatMap(({ name, action }) => {
    const address = prefix + name;
    if (action.kind === "branch")
      return action.ways.flatMap((way) => [
        `${address} ${way.name}`,
        ...declared(way.chain, `${address}/${way.name}/`),
      ]);
    if (action.kind === "chain") return action.call ? [] : declared(action.chain, `${address}/`);
    return [];
  });
}

function taken(nodes: readonly NodeView[]): readonly string[] {
  return nodes.flatMap(({ address, decision, status }) => {
    if (decision?.way) return [`${address} ${decision.way}`];
    return decision && status === "skipped" ? [`${address} none`] : [];
  });
}

const folder = mkdtempSync(join(tmpdir(), "tutti-ways-"));
beforeAll(() => {
  mkdirSync(join(folder, ".git"));
  mkdirSync(join(folder, ".claude", "commands"), { recursive: true });
  for (const name of ["action1", "action2"])
    writeFileSync(join(folder, ".claude", "commands", `${name}.md`), `${name}: $ARGUMENTS\n`);
  writeFileSync(join(folder, "tutti.yaml"), "agent: mock\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runOnce(source: WorkflowSource, { answers = {}, inputs = {} }: Round) {
  const rules = Object.entries(answers).map(([step, output]) => ({ step, output }));
  const engine = await openTutti({ cwd: folder, state: "memory", mock: { rules } });
  try {
    const loaded = await engine.load(source);
    const { status, view } = await (await engine.start(loaded, { inputs })).done;
    return { status, chain: loaded.workflow.chain, nodes: view.nodes };
  } finally {
    await engine.close();
  }
}

describe.skipIf(!existsSync(seeds))("what decides or repeats in the source documents", () => {
  it.for(examples)(
    "takes each of its ways: $what",
    { timeout },
    async ({ source, runs, mayTakeNone = [] }) => {
      const ended = await Promise.all(runs.map((run) => runOnce(source(), run)));
      expect(ended.map(({ status }) => status)).toEqual(runs.map(({ status = "completed" }) => status));
      const all = new Set(ended.flatMap(({ nodes }) => taken(nodes)));
      const ways = new Set(ended.flatMap(({ chain: one }) => declared(one)));
      for (const name of mayTakeNone) ways.add(`${name} none`);
      expect([...all].toSorted()).toEqual([...ways].toSorted());
      const loops = runs.some(({ status }) => status === "failed");
      const counted = ended.map(
        ({ nodes }) => new Set(nodes.flatMap(({ address }) => /#\d+/.exec(address) ?? [])).size,
      );
      // a loop is ended by its condition at once and later, by its limit, and by standing still
      expect(new Set(counted).size).toBeGreaterThan(loops ? 1 : 0);
    },
  );

  it("goes on with research_plan_execute after the query that asks for it, and tells it what is known", async () => {
    const found = { ...none, complex_requirements_detected: true };
    const { nodes } = await runOnce(block('workflow_id: "adaptive_workflow"'), {
      ...auto(found),
      inputs: { goal: "log in" },
    });
    const way = "route/complex_requirements_detected";
    const addresses = nodes
      .filter(({ kind, status }) => kind === "step" && status !== "skipped")
      .map((one) => one.address);
    expect(addresses).toEqual([
      "auto",
      `${way}/query`,
      ...["research", "plan", "execute", "check"].map((step) => `${way}/research_plan_execute/${step}`),
    ]);
  });
});
