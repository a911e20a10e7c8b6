import type { JsonObject } from "../../expression/json.ts";
import { condition, type Making, pickOf, some } from "./making.ts";
import type { Holding } from "./random-holder.ts";

type Block = Holding["block"];

/** One of several ways, or one after another. */
export function branch(making: Making, { name, block }: Holding): JsonObject {
  const { dice, kind } = making;
  // what has worked, and what is at work, depends on what ended first
  const chooses = kind === "any" ? pickOf(dice, [{}, {}, { adaptive: true }, { balance: true }]) : {};
  const next = dice.chance(0.4) ? { on_failure: "next", ...some(dice.chance(0.3), () => tries(making)) } : {};
  const marks = { ...chooses, ...next };
  const inside = "on_failure" in marks ? { ...making, values: [...making.values, `${name}.tried`] } : making;
  const way = (): JsonObject => (dice.chance(0.1) ? { steps: [] } : wayOf(inside, block));
  const when = (): string => conditionOf(inside);
  const room = (): JsonObject =>
    some("balance" in chooses && dice.chance(0.5), () => ({ at_once: 1 + dice.below(2) }));
  const first = wayOf(inside, block);
  if (dice.chance("on_failure" in marks ? 0.7 : 0.3)) {
    const more = some("on_failure" in marks, () => ({
      beyond: { when: "true", ...room(), ...wayOf(inside, block) },
    }));
    const cases = {
      near: { when: when(), ...room(), ...first },
      far: { when: when(), ...room(), ...way() },
      ...more,
    };
    return { switch: { cases, ...marks, ...some(dice.chance(0.5), () => ({ default: way() })) } };
  }
  const conditions = [{ if: when(), then: first, ...some(dice.chance(0.6), () => ({ else: way() })) }];
  // in a step with several decisions they are steps of their own
  if (inside === making && dice.chance(0.2)) conditions.push({ if: when(), then: block(making).block });
  return { flow: { conditions, ...marks } };
}

/** Items, each of which one of several does, and another when that one fails. */
export function team(making: Making, { name }: Holding): JsonObject {
  const { dice, kind, names } = making;
  const shares = kind === "any" && dice.chance(0.7);
  const isNext = dice.chance(0.8);
  const turn = `${name}_turn`;
  const room = (): JsonObject => some(shares && dice.chance(0.7), () => ({ at_once: 1 + dice.below(2) }));
  const way = (): JsonObject => {
    names.count += 1;
    const line = `./turn \${{ ${isNext && dice.chance(0.5) ? `${turn}.tried` : "inputs.from"} }}`;
    const work = { name: `${dice.chance(0.6) ? "spare" : "s"}${names.count}`, run: line };
    return { when: conditionOf(making), ...room(), error_strategy: "stop", steps: [work] };
  };
  const cases = { one: { ...way(), when: "true" }, two: way(), three: way() };
  const marks = {
    ...some(shares, () => ({ balance: true })),
    ...some(isNext, () => ({ on_failure: "next" })),
  };
  const items = Array.from({ length: 2 + dice.below(4) }, (_, index) => index);
  const step = { name: turn, switch: { cases, ...marks } };
  const block = { parallel_where_possible: true, error_strategy: "continue_on_failure", steps: [step] };
  return { for_each: { items, as: `${name}_item` }, error_strategy: "continue_on_failure", chain: block };
}

function tries({ dice }: Making): JsonObject {
  return { max_tries: 1 + dice.below(3) };
}

/** Where nothing may depend on the order, one step alone may stop its block all the same. */
function wayOf(making: Making, block: Block): JsonObject {
  if (making.kind === "any" || making.dice.chance(0.3)) return block(making).block;
  const { steps } = block({ ...making, spare: 0 }).block;
  const [only] = Array.isArray(steps) ? steps : [];
  return { error_strategy: "stop", steps: only === undefined ? [] : [only] };
}

/** Over what was done before, or what is known around it. */
function conditionOf(making: Making): string {
  const { dice, visible, values } = making;
  if (visible.length > 0 && !dice.chance(0.2)) return condition(making);
  return values.length > 0
    ? `${pickOf(dice, values)} != null`
    : dice.pick(["inputs.from == 'here'", "inputs.from != 'here'"]);
}
