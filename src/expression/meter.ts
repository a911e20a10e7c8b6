/** What one evaluation may still do, in units of about one small operation. */
export interface Meter {
  left: number;
}

/** About half a second of work. */
export const evaluationBudget = 2_000_000;

/** Characters that are handled in the time of one small operation. */
const charactersPerUnit = 16;

/** Thrown when the budget is used up, or a value is too deep; the message ends "… : <what is the case>". */
export class TooCostly extends Error {}

/** Takes `amount` from the budget; throws when nothing is left. */
export function spend(meter: Meter, amount: number): void {
  meter.left -= amount;
  if (meter.left < 0) throw new TooCostly("it takes too many operations on values this large");
}

/** Cost of handling a text, or the items of a list or map (not what is inside them). */
export function sizeCost(value: unknown): number {
  if (typeof value === "string") return 1 + value.length / charactersPerUnit;
  if (Array.isArray(value)) return 1 + value.length;
  return value instanceof Map ? 1 + value.size : 1;
}

/** Cost of walking a whole value; counts no further than `limit`. */
export function walkCost(value: unknown, limit: number): number {
  let cost = sizeCost(value);
  if (!Array.isArray(value) && !(value instanceof Map)) return cost;
  for (const item of value.values()) {
    if (cost > limit) return cost;
    cost += walkCost(item, limit - cost);
  }
  return cost;
}
