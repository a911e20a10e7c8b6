import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { loadObject, type LoadOptions } from "./load.ts";
import type { AgentAction, Workflow } from "./workflow.ts";

function load(value: Json, options?: LoadOptions) {
  return loadObject(value, options);
}

function step(keys: Readonly<Record<string, Json>>): AgentAction {
  const { workflow, problems } = load({
    name: "w",
    chain: [
      { run: "true", name: "z" },
      { name: "a", prompt: "x ${ z.output.log }", ...keys },
    ],
  });
  const action = workflow?.chain.steps[1]?.action;
  if (action?.kind !== "agent") throw new Error(problems.map(({ message }) => message).join("\n"));
  return action;
}

function problemsOf(
  keys: Readonly<Record<string, Json>>,
  rest: Readonly<Record<string, Json>> = {},
): readonly string[] {
  const value = {
    name: "w",
    ...rest,
    chain: [
      { run: "true", name: "z" },
      { name: "a", prompt: "x ${ z.output.log }", ...keys },
    ],
  };
  return load(value, { agents: ["mock"] }).problems.map(
    ({ code, message, fix }) => `${code}: ${message.replace(/ \(at [^)]*\)$/, "")} | ${fix}`,
  );
}

describe("what a step says of its prompt", () => {
  it("is how long to think of it", () => {
    expect(step({ thinking: "extended" }).thinking).toBe("extended");
    expect(step({})).not.toHaveProperty("thinking");
  });

  it("is not said twice", () => {
    expect(problemsOf({ thinking: "auto", effort: "low" })).toEqual([
      'BAD_VALUE: Cannot use "effort" here: the step already has "thinking", which says the same | keep one of the two',
    ]);
  });

  it("is what goes into it", () => {
    expect(
      step({
        context_window: {
          budget: "20k",
          keep: "z",
          drop: ["z.output.log"],
          window: 3,
          secrets: false,
          summarize: { over: "4k", agent: "mock", model: "small" },
          references: { over: 8000 },
        },
      }).contextWindow,
    ).toEqual({
      budgetTokens: 20_000,
      keep: ["z"],
      drop: ["z.output.log"],
      window: 3,
      secrets: false,
      summarize: { overTokens: 4000, agent: "mock", model: "small" },
      references: { overTokens: 8000 },
    });
    expect(step({ context_window: { secrets: true } }).contextWindow).toEqual({});
  });

  it("may be a budget alone", () => {
    expect(step({ context_window: "20k" }).contextWindow).toEqual({ budgetTokens: 20_000 });
    expect(problemsOf({ context_window: 0 })).toEqual([
      'BAD_VALUE: Cannot use "0" as "context_window": it must be a budget of tokens such as 20k, or an object | write a budget of tokens such as 20k, or an object',
    ]);
  });

  it("names what is there", () => {
    for (const name of ["z", "z.output", "z.output.log"])
      expect(problemsOf({ context_window: { keep: name } })).toEqual([]);
    expect(problemsOf({ context_window: { keep: ["z.output.lag", 3] } })).toHaveLength(2);
    expect(problemsOf({ context_window: { drop: ["z.output.lag"] } })).toEqual([
      'UNKNOWN_NAME: Cannot drop "z.output.lag": nothing in the prompt is called so | write "z.output.log"',
    ]);
    expect(problemsOf({ prompt: "x", context_window: { keep: "spec" } })).toEqual([
      'UNKNOWN_NAME: Cannot keep "spec": nothing in the prompt is called so | its values are: (none)',
    ]);
    expect(problemsOf({ context_window: { keep: "other" } })[0]).toContain("its values are: z.output.log");
  });

  it("is not looked at for names where the prompt has mistakes", () => {
    expect(problemsOf({ prompt: "${ z.", context_window: { keep: "spec" } })).toEqual([
      expect.stringContaining("EXPRESSION_SYNTAX"),
    ]);
  });

  it("does not keep and drop the same", () => {
    expect(problemsOf({ context_window: { keep: "z", drop: "z" } })).toEqual([
      'BAD_VALUE: Cannot drop "z": it is among those to keep | take it out of one of the two',
    ]);
  });

  it("puts nothing into files that nobody can read", () => {
    const window = { context_window: { references: { over: 10 } } };
    expect(step({ tools: ["Edit"] }).readsFiles).toBe(false);
    for (const tools of [
      ["Read"],
      ["Bash"],
      ["Bash(cat *)"],
      ["Grep"],
      ["*"],
      ["Edit", "Bash(rg:*)"],
      ["Read(**)"],
      ["Read(./**/*)"],
      ["Read(src/**)", "Read(.tutti/context/**)"],
      ["Bash(head -n 20 *)"],
    ]) {
      expect(step({ tools, ...window })).not.toHaveProperty("readsFiles");
    }
    for (const tools of [
      ["Edit"],
      [],
      ["Bash(git log:*)"],
      ["Bash(catalog)"],
      ["Read(src/**)"],
      ["Grep(docs/*)"],
      ["Bash(cat src/*)"],
    ]) {
      expect(problemsOf({ tools, ...window })).toEqual([
        'BAD_VALUE: Cannot use "references" here: none of the step\'s tools reads files in .tutti/context | add Read to its `tools`, or Read(.tutti/context/**)',
      ]);
    }
    expect(problemsOf({ tools: ["Edit"] }, window)).toEqual([]);
  });

  it("of a workflow names what is in any of its prompts", () => {
    expect(problemsOf({}, { context_window: { keep: "z.output" } })).toEqual([]);
    expect(problemsOf({}, { context_window: { keep: "y" } })).toEqual([
      'UNKNOWN_NAME: Cannot keep "y": nothing in any prompt is called so | its values are: z.output.log',
    ]);
    const command = {
      name: "c",
      command: "/task",
      params: "${ z.output.n }",
      context: { k: "${ z.exit_code }" },
    };
    const chain = [{ run: "true", name: "z" }, command];
    const { problems } = load({ name: "w", context_window: { drop: ["z.output.n", "z.exit_code"] }, chain });
    expect(problems).toEqual([]);
  });

  it("says from where on a value is long", () => {
    expect(problemsOf({ context_window: { summarize: {}, references: {} } })).toEqual([
      'MISSING_KEY: Cannot use `summarize`: it has no "over" | add "over:"',
      'MISSING_KEY: Cannot use `references`: it has no "over" | add "over:"',
    ]);
    expect(problemsOf({ context_window: { summarize: 3, references: "x" } })).toHaveLength(2);
  });

  it("names agents that there are", () => {
    const window = { summarize: { over: 10, agent: "nobody" } };
    expect(problemsOf({ context_window: window })[0]).toMatch(/^UNKNOWN_AGENT/);
    expect(problemsOf({}, { context_window: window })[0]).toMatch(/^UNKNOWN_AGENT/);
  });

  it("means nothing where no agent is asked", () => {
    const { problems } = load({ name: "w", chain: [{ run: "true", thinking: "auto", context_window: 3 }] });
    expect(problems.map(({ code }) => code)).toEqual(["UNKNOWN_KEY", "UNKNOWN_KEY"]);
  });
});

describe("what a called workflow says of prompts", () => {
  const inner: Workflow = (() => {
    const steps = [
      { name: "a", prompt: "x" },
      { name: "b", prompt: "x", effort: "low", context_window: { window: 2 } },
    ];
    const { workflow } = load({
      name: "inner",
      thinking: "extended",
      context_window: { budget: 10, window: 1 },
      chain: { steps },
    });
    if (!workflow) throw new Error("mistakes");
    return workflow;
  })();

  it("may name what the caller does not have", () => {
    const chain = [{ name: "c", workflow: "./inner.yaml" }];
    const { problems } = load(
      { name: "w", context_window: { keep: "q" }, chain },
      { workflows: { "./inner.yaml": inner } },
    );
    expect(problems).toEqual([]);
  });

  it("holds for its steps, and what they say themselves goes before", () => {
    const { workflow } = load(
      { name: "w", chain: [{ name: "c", workflow: "./inner.yaml" }] },
      { workflows: { "./inner.yaml": inner } },
    );
    const call = workflow?.chain.steps[0]?.action;
    const actions = call?.kind === "chain" ? call.chain.steps.map(({ action }) => action) : [];
    expect(actions).toMatchObject([
      { thinking: "extended", contextWindow: { budgetTokens: 10, window: 1 } },
      { effort: "low", contextWindow: { budgetTokens: 10, window: 2 } },
    ]);
    expect(actions[1]).not.toHaveProperty("thinking");
  });
});
