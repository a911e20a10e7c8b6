import type { Json, JsonObject } from "../../expression/json.ts";
import { loadObject } from "../../language/load.ts";
import type { Workflow } from "../../language/workflow.ts";
import type { Dice } from "./dice.ts";
import {
  condition,
  pickOf,
  type Making,
  type Seen,
  some,
  stepLimits,
  timeLimit,
  type WorkflowKind,
} from "./making.ts";
import { boardUse, boardWait } from "./random-boards.ts";
import { randomAsk, randomAskGate, randomPermissions } from "./people.ts";
import { randomHolder } from "./random-holder.ts";
import { randomPrompt } from "./random-prompts.ts";
import { judgeGate } from "./random-jury.ts";
import { randomWait } from "./random-waits.ts";
import { randomTally } from "./random-vote.ts";
import { randomMerge, randomPlace } from "./random-trees.ts";

/** Steps whose names begin so are the last fallbacks of their blocks; a world lets them end well. */
export const fallbackPrefix = "stand-in";

/** The others, which a world lets fail more often than not. */
export const sparePrefix = "spare";

/** A workflow that loads without errors: steps, waits, groups, branches, loops and items, up to five deep. */
export function randomWorkflow(dice: Dice, kind: WorkflowKind): Workflow {
  const chain = randomBlock({
    dice,
    kind,
    names: { count: 0 },
    depth: 0,
    copies: 1,
    visible: [],
    values: [],
  }).block;
  const value: Json = {
    name: "random",
    limits: randomLimits(dice, kind),
    resources: { lock: 1, pool: 2, quota: 1 },
    env: dice.chance(0.2) ? { FROM: "${ inputs.from }" } : {},
    inputs: { from: { type: "string", default: "here" } },
    mcp_servers: { tools: { command: "tools", env: { FROM: "${ inputs.from }" } } },
    chain,
    ...randomMerge(dice),
    ...some(dice.chance(0.2), () => ({ gates: runGates(dice, kind) })),
    ...some(dice.chance(0.2), () => ({ undo: "./undo ${{ inputs.from }}" })),
    ...some(dice.chance(0.4), () => ({ fallback_agents: ["b", "c"] })),
    ...randomPrompt(dice),
  };
  const { workflow, problems } = loadObject(value, { workflows: { [otherWorkflow]: other } });
  if (workflow) return workflow;
  const messages = problems.map(({ message }) => message).join("\n");
  throw new Error(`a random workflow has mistakes: ${messages}\n${JSON.stringify(value, undefined, 1)}`);
}

function randomLimits(dice: Dice, kind: WorkflowKind): JsonObject {
  const parallel = 1 + dice.below(4);
  const wide = { parallel, cost: "1000000 USD", tokens: 1_000_000_000, agents: 100_000, time: "9000h" };
  if (kind === "confluent" || dice.chance(0.5)) return wide;
  const tight: readonly [JsonObject, ...JsonObject[]] = [
    { agents: 1 + dice.below(6) },
    { cost: "2 USD" },
    { tokens: 300 },
    { time: `${5 + dice.below(200)}s` },
  ];
  const rules = {
    mode: dice.pick(["enforce", "enforce", "audit"]),
    on_limit: dice.pick(["fail", "degrade"]),
  };
  return { ...wide, ...dice.pick(tight), ...rules };
}

interface MadeBlock {
  readonly block: JsonObject;
  readonly steps: readonly Seen[];
}

function randomBlock(making: Making): MadeBlock {
  const { dice, depth } = making;
  const steps: JsonObject[] = [];
  const visible = [...making.visible];
  const count = 1 + dice.below(depth === 0 ? 7 : 4);
  const standIns = randomStandIns(making);
  const standIn = standIns[0]?.name;
  const siblings: Seen[] = [];
  for (let at = 0; at < count; at += 1) {
    const step = randomStep({ ...making, visible }, { siblings, standIn });
    const seen = { name: step.name, holds: holdsOf(step) };
    steps.push(step);
    siblings.push(seen);
    visible.push(seen);
  }
  steps.push(...standIns);
  const block = {
    parallel_where_possible: !dice.chance(0.2),
    error_strategy: blockStrategy(making, standIn),
    steps,
  };
  return { block, steps: siblings };
}

type Named = JsonObject & { readonly name: string };

/** The fallbacks of a block: one, or one that may fail as well and has the next for that case. */
function randomStandIns(making: Making): Named[] {
  const { dice, kind, spare = 0.3 } = making;
  if (!dice.chance(spare)) return [];
  // what stops a block depends on the order
  const lastStrategy = kind === "any" ? dice.pick(["stop", "continue_on_failure"]) : "continue_on_failure";
  const mayFail = kind === "any" && dice.chance(0.3);
  const last = {
    name: newName(making, mayFail ? sparePrefix : fallbackPrefix),
    error_strategy: lastStrategy,
  };
  if (!dice.chance(0.6)) return [{ ...last, run: "./stand-in" }];
  const first = {
    ...randomAction({ ...making, visible: [] }),
    name: newName(making, sparePrefix),
  };
  if (dice.chance(0.2))
    return [
      { ...first, error_strategy: "continue_on_failure" },
      { ...last, run: "./another" },
    ];
  return [
    { ...first, error_strategy: { fallback: last.name } },
    { ...last, run: `./stand-in \${{ steps["${first.name}"].error }}` },
  ];
}

function holdsOf(step: JsonObject): Seen["holds"] {
  if ("for_each" in step) return "items";
  if ("chain" in step || "flow" in step || "switch" in step || "repeat" in step) return "steps";
  return ["wait", "approval", "question", "tally", "value"].some((key) => key in step) ? "wait" : "work";
}

function blockStrategy({ dice, kind }: Making, standIn: string | undefined): Json {
  if (standIn !== undefined && dice.chance(0.5)) return { fallback: standIn };
  return kind === "any" && !dice.chance(0.4) ? "stop" : "continue_on_failure";
}

function newName({ dice, names }: Making, prefix: string): string {
  names.count += 1;
  // names that are also those of timers, resources and phases must do no harm
  const special = ["quota", "deadline", "retrying", "lock"][names.count - 1];
  return prefix === "s" && special !== undefined && dice.chance(0.3) ? special : `${prefix}${names.count}`;
}

interface Place {
  readonly siblings: readonly Seen[];
  readonly standIn: string | undefined;
}

function randomStep(making: Making, { siblings, standIn }: Place): JsonObject & { readonly name: string } {
  const { dice, depth } = making;
  const name = newName(making, "s");
  const shared = {
    name,
    ...some(dice.chance(0.3) && siblings.length > 0, () => ({ depends_on: [pickOf(dice, siblings).name] })),
    ...some(dice.chance(0.25) && making.visible.length > 0, () => ({ when: condition(making) })),
    ...some(dice.chance(0.2), () => ({ error_strategy: stepStrategy(dice, standIn) })),
  };
  if (depth < 5 && dice.chance(0.35 / (1 + depth / 2))) {
    const holder = randomHolder(making, { name, block: randomBlock });
    return { ...shared, ...stepLimits(making), ...holder, ...randomPlace(dice, holder) };
  }
  const wordless = randomWordless(making);
  if (wordless) return { ...shared, ...wordless };
  if (dice.chance(0.1)) return { ...shared, ...randomChild(making, name) };
  const action = randomAction(making);
  const keys = { ...randomWorkKeys(making, name), ...boardUse(making, name) };
  return { ...shared, ...action, ...keys, ...randomPlace(dice, action) };
}

/** What asks no agent and runs nothing; undefined: something that does is to be made. */
function randomWordless(making: Making): JsonObject | undefined {
  const { dice, kind } = making;
  if (making.visible.length > 0 && dice.chance(0.08)) return randomTally(making);
  if (making.board && dice.chance(0.15)) return boardWait(making);
  if (dice.chance(0.05)) return { value: { of: `\${ ${valueOf(making)} }` } };
  if (dice.chance(0.12)) return { wait: randomWait(dice, kind) };
  if (dice.chance(0.08)) return randomAsk(dice, { surely: kind === "confluent", about: valueOf(making) });
  return undefined;
}

/** Whatever it does, its steps are called as the outputs of other steps are. */
const otherWorkflow = "./other.yaml";
const { workflow: other = "it has mistakes" } = loadObject({
  name: "other",
  inputs: { from: {} },
  chain: ["n", "of", "list"].map((name) => ({ name, run: "x" })),
});

function randomChild(making: Making, name: string): JsonObject {
  const { dice, kind } = making;
  return {
    workflow: otherWorkflow,
    mode: "child",
    with: { from: `\${ ${valueOf(making)} }` },
    ...some(dice.chance(0.5), () => ({ retry: randomRetry(dice) })),
    ...some(dice.chance(0.3), () => ({ gates: randomGates(dice, { kind, name }) })),
    ...some(dice.chance(0.25), () => ({ uses: [dice.pick(["lock", "pool"])] })),
    ...stepLimits(making),
  };
}

function stepStrategy(dice: Dice, standIn: string | undefined): Json {
  return standIn !== undefined && dice.chance(0.5) ? { fallback: standIn } : "continue_on_failure";
}

function randomAction(making: Making): JsonObject {
  const { dice, kind } = making;
  const asking = randomPermissions(dice, kind === "confluent");
  const value = dice.chance(0.5) ? valueOf(making) : "inputs.from";
  const ofAgent = { ...randomPrompt(dice, value), ...stepLimits(making), ...asking };
  return dice.pick<JsonObject>([
    { run: `echo \${{ ${value} }}`, env: { OWN: `\${ ${value} }` }, ...timeLimit(making) },
    {
      agent: "mock",
      prompt: `look at \${ ${value} }`,
      fallback_agents: dice.pick([[], ["b"], ["b", "c"]]),
      ...ofAgent,
      ...some(dice.chance(0.3), () => ({ mcp_servers: "tools" })),
      ...some(dice.chance(0.5), () => ({ memory: "notes", gates: [{ check: "true" }] })),
    },
    { command: "/task", params: `do \${ ${value} }`, ...ofAgent },
    { http: { method: "POST", url: "http://localhost/", body: `\${ ${value} }` }, ...timeLimit(making) },
    { function: "work", args: { value: `\${ ${value} }` } },
    { mcp: "tools.work", with: { value: `\${ ${value} }` }, ...timeLimit(making) },
  ]);
}

function valueOf({ dice, visible, values }: Making): string {
  if (values.length > 0 && dice.chance(0.5)) return values[dice.below(values.length)] ?? "inputs.from";
  return visible.length > 0 ? `steps["${pickOf(dice, visible).name}"].output` : "inputs.from";
}

function randomWorkKeys({ dice, kind }: Making, name: string): JsonObject {
  return {
    ...some(dice.chance(0.5), () => ({ retry: randomRetry(dice) })),
    ...some(dice.chance(0.3), () => ({ gates: randomGates(dice, { kind, name }) })),
    ...some(dice.chance(0.15), () => ({ before: [randomGate(dice, { kind, name: undefined })] })),
    ...some(dice.chance(0.25), () => ({ uses: [dice.pick(["lock", "pool", "quota"])] })),
    ...some(dice.chance(0.1), () => ({ locks: ["lock", "other"] })),
    ...some(dice.chance(0.1), () => ({ writes: ["out/**"] })),
    ...some(dice.chance(0.2), () => ({ priority: dice.below(5) })),
    ...some(dice.chance(0.2), () => ({ expect: randomExpectation(dice) })),
    ...some(dice.chance(0.3), () => ({ undo: randomUndo(dice, { kind, name }) })),
    ...some(kind === "any" && dice.chance(0.3), () => ({
      on_interrupt: dice.pick(["ask", "fail", "rerun"]),
    })),
  };
}

function randomExpectation(dice: Dice): Json {
  const time = `${1 + dice.below(90)}s`;
  return dice.chance(0.5) ? time : { time, cost: dice.below(8) / 4, tokens: dice.below(120) };
}

function randomUndo(
  dice: Dice,
  { kind, name }: { readonly kind: WorkflowKind; readonly name: string },
): Json {
  const line = `./undo \${{ steps["${name}"].output }}`;
  if (dice.chance(0.5)) return line;
  return {
    ...dice.pick<JsonObject>([
      { run: line },
      { agent: "mock", prompt: "undo it" },
      { function: "work" },
      { mcp: "tools.undo" },
    ]),
    ...some(dice.chance(0.5), () => ({ retry: randomRetry(dice) })),
    ...some(kind === "any" && dice.chance(0.3), () => ({
      on_interrupt: dice.pick(["ask", "fail", "rerun"]),
    })),
  };
}

function randomRetry(dice: Dice): JsonObject {
  return {
    max: dice.below(4),
    on: ["transient", "quota", "timeout", "failure"].slice(0, 1 + dice.below(4)),
    backoff: dice.pick(["exponential", "constant", "none"]),
  };
}

interface GatePlace {
  readonly kind: WorkflowKind;
  /** Of the step, when it has run before the gate does. */
  readonly name: string | undefined;
}

function randomGates(dice: Dice, place: GatePlace): JsonObject[] {
  return Array.from({ length: 1 + dice.below(3) }, () => randomGate(dice, place));
}

/** A run whose order must not matter does not fail as a whole: what is undone then depends on the order. */
function runGates(dice: Dice, kind: WorkflowKind): JsonObject[] {
  const gates = randomGates(dice, { kind, name: undefined });
  return kind === "any" ? gates : gates.map((gate) => ({ ...gate, level: "advisory" }));
}

/** What a step changed is known after it only. */
function fileGate(dice: Dice, name: string | undefined): JsonObject {
  const known: readonly [JsonObject, ...JsonObject[]] = [
    { coverage: { file: "lcov.info", lines: 80 } },
    { secrets: { in: "src/**" } },
    { schema: { of: "inputs.from", is: { type: "string" } } },
  ];
  if (name === undefined) return dice.pick(known);
  return dice.pick([
    ...known,
    { files: { changed: 2 } },
    { secrets: {} },
    { schema: { of: `steps["${name}"].output`, is: "schema.json" } },
  ]);
}

function randomGate(dice: Dice, { kind, name }: GatePlace): JsonObject {
  const level = dice.pick(["blocking", "advisory", kind === "any" ? "maximum" : "blocking"]);
  const retry = name !== undefined && dice.chance(0.4) ? { retry: 1 + dice.below(2) } : {};
  if (dice.chance(0.15)) return { ...judgeGate(dice, name), level, ...retry };
  if (dice.chance(0.1)) return { ...randomAskGate(dice, kind === "confluent"), level, ...retry };
  if (dice.chance(0.4)) return { run: "./check", level, ...retry };
  if (dice.chance(0.4)) return { ...fileGate(dice, name), level, ...retry };
  return {
    check: name === undefined ? "inputs.from == 'here'" : `steps["${name}"].attempts < 3`,
    level,
    ...retry,
  };
}
