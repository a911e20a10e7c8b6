import type { Json, JsonObject } from "../../expression/json.ts";
import { loadObject } from "../../language/load.ts";
import type { Workflow } from "../../language/workflow.ts";
import type { Dice } from "./dice.ts";

/**
 * `any`: all that the language has. `confluent`: only what ends the same in whatever order results come: no block
 * stops, no cap is reached, no deadline passes, nobody is asked.
 */
export type WorkflowKind = "any" | "confluent";

/** Steps whose names begin so are fallbacks; a world lets them end well. */
export const fallbackPrefix = "stand-in";

interface Making {
  readonly dice: Dice;
  readonly kind: WorkflowKind;
  readonly names: { count: number };
  readonly depth: number;
  /** Steps that may be referred to, the nearest last. */
  readonly visible: readonly string[];
}

/** A workflow that loads without errors, with groups up to three deep. */
export function randomWorkflow(dice: Dice, kind: WorkflowKind): Workflow {
  const chain = randomBlock({ dice, kind, names: { count: 0 }, depth: 0, visible: [] });
  const value: Json = {
    name: "random",
    limits: randomLimits(dice, kind),
    resources: { lock: 1, pool: 2, quota: 1 },
    env: dice.chance(0.2) ? { FROM: "${ inputs.from }" } : {},
    inputs: { from: { type: "string", default: "here" } },
    chain,
  };
  const { workflow, problems } = loadObject(value);
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
  return { ...wide, ...dice.pick(tight) };
}

function randomBlock(making: Making): JsonObject {
  const { dice, depth } = making;
  const steps: JsonObject[] = [];
  const visible = [...making.visible];
  const count = 1 + dice.below(depth === 0 ? 7 : 4);
  const standIn = dice.chance(0.3) ? newName(making, fallbackPrefix) : undefined;
  const siblings: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const step = randomStep({ ...making, visible }, { siblings, standIn });
    steps.push(step);
    siblings.push(step.name);
    visible.push(step.name);
  }
  if (standIn !== undefined) steps.push({ name: standIn, run: "./stand-in" });
  return {
    parallel_where_possible: !dice.chance(0.2),
    error_strategy: blockStrategy(making, standIn),
    steps,
  };
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
  readonly siblings: readonly string[];
  readonly standIn: string | undefined;
}

function randomStep(making: Making, { siblings, standIn }: Place): JsonObject & { readonly name: string } {
  const { dice, kind, depth } = making;
  const name = newName(making, "s");
  const shared = {
    name,
    ...some(dice.chance(0.3) && siblings.length > 0, () => ({ depends_on: [pickOf(dice, siblings)] })),
    ...some(dice.chance(0.25) && making.visible.length > 0, () => ({ when: condition(making) })),
    ...some(dice.chance(0.2), () => ({ error_strategy: stepStrategy(dice, standIn) })),
  };
  if (depth < 3 && dice.chance(0.2))
    return { ...shared, chain: randomBlock({ ...making, depth: depth + 1 }) };
  if (dice.chance(0.12)) return { ...shared, wait: randomWait(dice, kind) };
  return { ...shared, ...randomAction(making), ...randomWorkKeys(making, name) };
}

function stepStrategy(dice: Dice, standIn: string | undefined): Json {
  return standIn !== undefined && dice.chance(0.5) ? { fallback: standIn } : "continue_on_failure";
}

function some(wanted: boolean, value: () => JsonObject): JsonObject {
  return wanted ? value() : {};
}

function pickOf(dice: Dice, items: readonly string[]): string {
  return items[items.length - 1 - dice.below(items.length)] ?? "";
}

function condition({ dice, visible }: Making): string {
  const name = pickOf(dice, visible);
  return dice.pick([
    `steps["${name}"].status == 'failed'`,
    `steps["${name}"].status != 'failed'`,
    `steps["${name}"].attempts > 1`,
    `steps["${name}"].error == null`,
    `steps["${name}"].status in ['verified', 'claimed', 'skipped']`,
  ]);
}

function randomWait(dice: Dice, kind: WorkflowKind): Json {
  const signal = dice.pick(["go", "stop"]);
  if (dice.chance(0.5)) return dice.chance(0.2) ? { until: "2026-01-01T00:00:30Z" } : `${dice.below(60)}s`;
  return kind === "any" && dice.chance(0.5) ? { signal, deadline: `${1 + dice.below(60)}s` } : { signal };
}

function randomAction(making: Making): JsonObject {
  const { dice, visible } = making;
  const value =
    visible.length > 0 && dice.chance(0.4) ? `steps["${pickOf(dice, visible)}"].output` : "inputs.from";
  return dice.pick<JsonObject>([
    { run: `echo \${{ ${value} }}`, env: { OWN: `\${ ${value} }` } },
    { agent: "mock", prompt: `look at \${ ${value} }` },
    { command: "/task", params: `do \${ ${value} }` },
    { http: { method: "POST", url: "http://localhost/", body: `\${ ${value} }` } },
    { function: "work", args: { value: `\${ ${value} }` } },
  ]);
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
    ...some(dice.chance(0.2), () => ({ expect: `${1 + dice.below(90)}s` })),
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

function randomGate(dice: Dice, { kind, name }: GatePlace): JsonObject {
  const level = dice.pick(["blocking", "advisory", kind === "any" ? "maximum" : "blocking"]);
  const retry = name !== undefined && dice.chance(0.4) ? { retry: 1 + dice.below(2) } : {};
  if (dice.chance(0.6)) return { run: "./check", level, ...retry };
  return {
    check: name === undefined ? "inputs.from == 'here'" : `steps["${name}"].attempts < 3`,
    level,
    ...retry,
  };
}
