import { describe, expect, it } from "vitest";
import type { Gate } from "./gate.ts";
import { withLanes } from "./lanes.ts";
import { loadWorkflow } from "./load.ts";
import { blocksOf } from "./may-write.ts";
import type { Chain, Step, Workflow } from "./workflow.ts";

function load(text: string): Workflow {
  const called = loadWorkflow("name: other\nchain: [{name: one, prompt: x}, {name: two, run: y}]").workflow;
  const { workflow, problems } = loadWorkflow(text, { workflows: { other: called ?? "" } });
  expect(problems).toEqual([]);
  if (!workflow) throw new Error("not loaded");
  return workflow;
}

/** `a* b{c landing!}*`: `*` works in a tree of its own, `[]` each item does, `!` a gate lands what was done. */
function picture({ steps }: Chain): string {
  return steps.map(pictureOf).join(" ");
}

function pictureOf(step: Step): string {
  const { name, action, lane, gates } = step;
  const blocks = blocksIn(step);
  const inside = blocks.length === 0 ? "" : `{${blocks.map(picture).join("|")}}`;
  const items = action.kind === "each" && action.lanes ? "[]" : "";
  return `${name}${inside}${items}${lane ? "*" : ""}${landingOf(gates) ? "!" : ""}`;
}

/** Its blocks, but for those of a run of its own. */
function blocksIn(step: Step | undefined): readonly Chain[] {
  return step && step.action.kind !== "workflow" ? blocksOf(step.action) : [];
}

function landingOf(gates: readonly Gate[]) {
  return gates.find((gate) => gate.kind === "landing");
}

function laid(text: string, mode: "run" | "step" = "run"): string {
  return picture(withLanes(load(text), mode).chain);
}

const a = "{name: a, prompt: x}";
const b = "{name: b, prompt: x}";
const reader = "{name: reader, prompt: x, tools: [Read]}";
const shell = "{name: shell, run: make}";
/** Two writers beside each other, the first as given. */
const beside = (step: string) => `chain: [{name: p, parallel: all, steps: [${step}, ${b}]}]`;

describe("steps that work in trees of their own", () => {
  it.each([
    ["writers side by side", `chain: [{name: p, parallel: all, steps: [${a}, ${b}]}]`, "p{a*! b*!}"],
    ["writers one after another", `chain: [${a}, ${b}]`, "a b"],
    [
      "one writer beside others",
      `chain: [{name: p, parallel: all, steps: [${a}, ${reader}, ${shell}]}]`,
      "p{a reader shell}",
    ],
    [
      "writers of a block that orders by itself",
      `chain: {parallel_where_possible: true, steps: [${a}, ${b}]}`,
      "a*! b*!",
    ],
    [
      "writers that wait for each other",
      `chain: {parallel_where_possible: true, steps: [${a}, {name: c, prompt: x, depends_on: a}, {name: d, prompt: x, depends_on: [a]}, {name: e, prompt: x, depends_on: [c, d]}]}`,
      "a c*! d*! e",
    ],
    [
      "writers that meet in files",
      `chain: {parallel_where_possible: true, steps: [{name: a, prompt: x, writes: o/a}, {name: b, prompt: x, writes: o/**}, {name: c, prompt: x, writes: e}]}`,
      "a*! b*! c*!",
    ],
    [
      "a fallback and what it stands for",
      `chain: {parallel_where_possible: true, steps: [{name: a, prompt: x, error_strategy: {fallback: b}}, ${b}]}`,
      "a b",
    ],
    ["those that race", `chain: [{name: p, parallel: any, steps: [${a}, ${shell}]}]`, "p{a*! shell}"],
    [
      "a race of lists",
      `chain: [{name: p, parallel: any, steps: [{name: c, steps: [${a}]}, ${shell}]}]`,
      "p{c{a landing!}* shell}",
    ],
    [
      "a race beside a writer",
      beside("{name: r, parallel: any, steps: [{name: c, prompt: x}]}"),
      "p{r{c*!} b*!}",
    ],
    ["a run of its own", beside("{name: c, workflow: other, mode: child}"), "p{c*! b*!}"],
    ["a function", beside("{name: c, function: f, writes: [x]}"), "p{c b}"],
  ])("are in mode run %s: %#", (_, text, expected) => {
    expect(laid(text)).toBe(expected);
  });

  it.each([
    ["a block", `{name: c, steps: [${a}, ${shell}]}`, "c{a shell landing!}*"],
    ["a block of one step", `{name: c, steps: [${a}]}`, "c{a*!}"],
    ["a block that is said to write", `{name: c, steps: [${shell}], writes: [o]}`, "c{shell landing!}*"],
    ["a called workflow", "{name: c, workflow: other}", "c{one two landing!}*"],
    ["rounds", `{name: c, repeat: 2, steps: [${a}, ${shell}]}`, "c{a shell landing!}*"],
    ["rounds of one step", `{name: c, repeat: 2, steps: [${a}]}`, "c{a*!}"],
    [
      "ways",
      `{name: c, flow: [{if: "true", then: [${a}], else: [${shell}]}]}`,
      "c{a landing!|shell landing!}*",
    ],
    ["ways of one step", `{name: c, flow: [{if: "true", then: [${a}], else: []}]}`, "c{a*!|}"],
    [
      "ways without steps",
      `{name: c, flow: [{if: "true", then: [${a}, ${shell}], else: []}]}`,
      "c{a shell landing!|}*",
    ],
    ["a list", `{name: c, for_each: [1], steps: [${a}, ${shell}]}`, "c{a shell landing!}[]"],
    ["a list of one step", `{name: c, for_each: [1], steps: [${a}]}`, "c{a*!}"],
    [
      "a list that goes one by one",
      `{name: c, for_each: {items: [1], concurrency: 1}, steps: [${a}, ${shell}]}`,
      "c{a shell landing!}[]",
    ],
    [
      "blocks in blocks",
      `{name: c, steps: [${shell}, {name: p, parallel: all, steps: [${a}, {name: d, prompt: x}]}]}`,
      "c{shell p{a*! d*!} landing!}*",
    ],
    [
      "a name that is taken",
      `{name: c, steps: [{name: landing, prompt: x}, ${shell}]}`,
      "c{landing shell landing_2!}*",
    ],
    [
      "the name of an item",
      `{name: c, for_each: {items: [1], as: landing}, steps: [${a}, ${shell}]}`,
      "c{a shell landing_2!}[]",
    ],
    ["nothing that may write", `{name: c, steps: [${reader}, ${shell}]}`, "c{reader shell}"],
    ["nothing, by its own word", `{name: c, steps: [${a}, ${shell}], writes: []}`, "c{a shell}"],
  ])("hold %s beside another writer", (_, text, expected) => {
    const others = expected.includes("*") || expected.includes("[]") ? "b*!" : "b";
    expect(laid(beside(text))).toBe(`p{${expected} ${others}}`);
  });

  it.each([
    [
      "items side by side",
      `chain: [{name: c, for_each: [1, 2], steps: [${a}, ${shell}]}]`,
      "c{a shell landing!}[]",
    ],
    [
      "no items one by one",
      `chain: [{name: c, for_each: {items: [1], concurrency: 1}, steps: [${a}, ${shell}]}]`,
      "c{a shell}",
    ],
    ["no items that do not write", `chain: [{name: c, for_each: [1, 2], steps: [${shell}]}]`, "c{shell}"],
    ["no rounds", `chain: [{name: c, repeat: 2, steps: [${a}, ${shell}]}]`, "c{a shell}"],
  ])("are %s", (_, text, expected) => {
    expect(laid(text)).toBe(expected);
  });

  it("are in mode step all that may write", () => {
    const text = `chain: [${a}, ${shell}, {name: p, parallel: all, steps: [${b}, ${reader}]}, {name: e, for_each: [1], steps: [{name: d, prompt: x}, {name: f, run: make}]}]`;
    expect(laid(text, "step")).toBe("a*! shell p{b*! reader} e{d*! f}");
  });

  it("are those that say so, and none that say otherwise", () => {
    const say = (word: string) =>
      `chain: [{name: c, run: x, workspace: ${word}}, {name: p, parallel: all, steps: [{name: a, prompt: x, workspace: ${word}}, ${b}]}]`;
    expect(laid(say("step"))).toBe("c*! p{a*! b*!}");
    expect(laid(say("run"))).toBe("c p{a b*!}");
    expect(laid(say("run"), "step")).toBe("c p{a b*!}");
    // who works in the project's own folder is in nobody's way
    expect(laid(say("none"))).toBe("c p{a b}");
  });

  it("take the word of a block for all in it that says nothing itself", () => {
    const block = (word: string, inner = "") =>
      `chain: [{name: g, workspace: ${word}, parallel: all, steps: [${a}, {name: b, prompt: x${inner}}]}]`;
    expect(laid(block("run"))).toBe("g{a b}");
    expect(laid(block("none"))).toBe("g{a b}");
    expect(laid(block("run", ", workspace: step"))).toBe("g{a b*!}");
    expect(laid(block("step"))).toBe("g{a*! b*! landing!}*");
    expect(laid(block("step"), "step")).toBe("g{a*! b*! landing!}*");
  });
});

describe("the gate that lands", () => {
  /** Of the step beside another writer; of a block that of its last step. */
  const rules = (text: string, step = a) => {
    const { chain } = withLanes(load(`workspace: {merge: ${text}}\n${beside(step)}`), "run");
    const first = blocksIn(chain.steps[0])[0]?.steps[0];
    return landingOf((blocksIn(first)[0]?.steps.at(-1) ?? first)?.gates ?? []);
  };

  it("is the last of its step and does as `merge` says", () => {
    expect(rules("{}")).toEqual({
      kind: "landing",
      name: "landing",
      level: "blocking",
      retry: 7,
      strategy: "agent",
      by: "rebase",
      order: "finished",
    });
    expect(rules("{by: merge, order: declared, conflicts: ours}")).toMatchObject({
      by: "merge",
      order: "declared",
      strategy: "ours",
    });
    const gates = withLanes(load(beside("{name: a, prompt: x, gates: [{check: 'true'}]}")), "run")
      .chain.steps.flatMap(({ action }) => blocksOf(action))
      .flatMap(({ steps }) => steps[0]?.gates.map(({ kind }) => kind));
    expect(gates).toEqual(["check", "landing"]);
  });

  it("gives a step back as often as others can land beside it, at least twice", () => {
    const retryOf = (parallel: number) => {
      const text = `limits: {parallel: ${parallel}}\n${beside(a)}`;
      return landingOf(blocksIn(withLanes(load(text), "run").chain.steps[0])[0]?.steps[0]?.gates ?? [])
        ?.retry;
    };
    expect([1, 3, 4, 20].map(retryOf)).toEqual([2, 2, 3, 19]);
  });

  it("asks people as often as it takes", () => {
    expect(rules("{conflicts: human}")).toMatchObject({
      strategy: "human",
      retry: 0,
      ask: { ask: "approval" },
    });
  });

  it("lets a step without an agent be done again, and has an agent bring together what a block did", () => {
    expect(rules("{}", "{name: a, run: x, writes: [o]}")?.strategy).toBe("serialize");
    expect(rules("{}", "{name: a, workflow: other, mode: child}")?.strategy).toBe("serialize");
    expect(rules("{conflicts: theirs}", "{name: a, run: x, writes: [o]}")?.strategy).toBe("theirs");
    expect(rules("{conflicts: serialize}")?.strategy).toBe("serialize");
    expect(rules("{conflicts: serialize}", `{name: c, steps: [${a}, ${shell}]}`)?.strategy).toBe("agent");
  });

  it("is that of a block where the order of the file counts", () => {
    const text = `workspace: {merge: {order: declared}}\n${beside(`{name: c, steps: [${a}]}`)}`;
    expect(laid(text)).toBe("p{c{a landing!}* b*!}");
  });

  it("comes after all of its block that runs, whatever became of that", () => {
    const block = `{name: c, chain: {error_strategy: {fallback: f}, steps: [${a}, ${shell}, {name: f, run: x}]}}`;
    const inner = blocksIn(withLanes(load(beside(block)), "run").chain.steps[0])[0]?.steps[0];
    const landing = blocksIn(inner)[0]?.steps.at(-1);
    expect(landing).toMatchObject({
      name: "landing",
      errorStrategy: "stop",
      needs: [
        { step: "a", because: "conflict" },
        { step: "shell", because: "conflict" },
      ],
    });
  });
});
