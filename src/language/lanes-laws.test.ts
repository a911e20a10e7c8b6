import {
  array,
  assert,
  boolean,
  constantFrom,
  letrec,
  nat,
  oneof,
  property,
  record,
  tuple,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { withLanes, withoutLanes } from "./lanes.ts";
import { loadWorkflow } from "./load.ts";
import { blocksOf, mayWrite } from "./may-write.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Chain, Step, Workflow } from "./workflow.ts";

function load(text: string): Workflow {
  const { workflow, problems } = loadWorkflow(text);
  expect(problems).toEqual([]);
  if (!workflow) throw new Error("not loaded");
  return workflow;
}

interface Spec {
  readonly writes: boolean;
  readonly needs: readonly number[];
}

const specs = array(record({ writes: boolean(), needs: array(nat(12), { maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 10,
});

/** A block whose steps need some of those before them. */
function blockOf(all: readonly Spec[]): Chain {
  const steps = all.map(({ writes, needs }, at) => {
    const names = [...new Set(needs.filter((need) => need < at))].map((need) => `s${need}`);
    return `{name: s${at}, ${writes ? "prompt" : "run"}: x, depends_on: [${names.join(", ")}]}`;
  });
  return load(`chain: {parallel_where_possible: true, steps: [${steps.join(", ")}]}`).chain;
}

/** By asking for every pair. */
function besidesOf({ steps }: Chain): readonly string[] {
  const behind = new Map<string, Set<string>>();
  for (const { name, needs } of steps)
    behind.set(name, new Set(needs.flatMap(({ step }) => [step, ...(behind.get(step) ?? [])])));
  const writers = steps.filter(mayWrite);
  const comes = (one: Step, other: Step) => behind.get(one.name)?.has(other.name) === true;
  return writers
    .filter((one) => writers.some((other) => one !== other && !comes(one, other) && !comes(other, one)))
    .map(({ name }) => name);
}

describe("lanes", () => {
  it("find those side by side that no order is between", () => {
    assert(
      property(specs, (all) => {
        const chain = blockOf(all);
        expect([...sideBySide(chain, mayWrite)].map(({ name }) => name)).toEqual(besidesOf(chain));
      }),
      { numRuns: 300 },
    );
  });

  it("take lanes for what could be in a circle", () => {
    const { steps, ...block } = load(
      `chain: {parallel_where_possible: true, steps: [{name: a, prompt: x}, {name: b, prompt: x}]}`,
    ).chain;
    const circle = steps.map((step, at) => ({
      ...step,
      needs: [{ step: at === 0 ? "b" : "a", because: "depends_on" as const }],
    }));
    expect(sideBySide({ ...block, steps: circle }, mayWrite).size).toBe(2);
  });

  it("lay the same again, take all of it away again, and change nothing where nothing is to do", () => {
    const parts = [
      "steps: [A, B]",
      "parallel: all, steps: [A, B]",
      "parallel: any, steps: [A, B]",
      "repeat: 2, steps: [A, B]",
      "for_each: [1], steps: [A, B]",
    ];
    const { node: text } = letrec<{ node: string }>((tie) => ({
      node: oneof(
        { maxDepth: 4 },
        constantFrom("prompt: x", "run: x", "run: x, writes: [o]"),
        tuple(constantFrom(...parts), tie("node"), tie("node")).map(([part, one, two]) =>
          part.replace("A", `{name: a, ${one}}`).replace("B", `{name: b, ${two}}`),
        ),
      ),
    }));
    assert(
      property(text, constantFrom("run" as const, "step" as const), (node, mode) => {
        const workflow = load(`chain: [{name: top, ${node}}]`);
        const done = withLanes(workflow, mode);
        expect(withLanes(done, mode)).toEqual(done);
        expect(withLanes(withLanes(workflow, "step"), "run")).toEqual(withLanes(workflow, "run"));
        expect(withoutLanes(done)).toEqual(workflow);
        const isSame = JSON.stringify(done) === JSON.stringify(workflow);
        expect(done === workflow).toBe(isSame);
        expect(unlanded(done.chain)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function landsBy({ gates }: Step): boolean {
  return gates.some(({ kind }) => kind === "landing");
}

/** Lanes of which nothing lands, and landings of no lane. */
function unlanded(chain: Chain, inLane = false): readonly string[] {
  const last = chain.steps.at(-1);
  const lands = last?.action.kind === "land" && landsBy(last);
  const wrong = lands === inLane ? [] : ["block"];
  return [
    ...wrong,
    ...chain.steps.flatMap((step) => {
      const { action, lane, name } = step;
      const blocks = blocksOf(action);
      const own = lane === true || (action.kind === "each" && action.lanes === true);
      if (blocks.length > 0) return blocks.flatMap((inner) => unlanded(inner, own));
      return landsBy(step) === (own || action.kind === "land") ? [] : [name];
    }),
  ];
}
