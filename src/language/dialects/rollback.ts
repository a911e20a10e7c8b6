import { isObject, type Json } from "../../expression/json.ts";
import { itemsOf, type Located } from "../read/loading.ts";
import { undoShape } from "../shapes.ts";
import { type Builder, type MemberAt, membersOf, type Target } from "./builder.ts";

/**
 * `rollback_strategy`: what it says of a command by its name, as a step says what to do, undoes that command. Gives
 * what is left of it: prose, which no machine can act on.
 */
export function translateRollback(builder: Builder, at: Located, steps: Json): Json | undefined {
  const list = Array.isArray(at.value);
  const parts = list ? itemsOf(at) : [at];
  const left = parts.flatMap((part) => restOf(builder, part, steps));
  if (left.length === 0) return undefined;
  return list || left.length > 1 ? left : left[0];
}

function restOf(builder: Builder, part: Located, steps: Json): readonly Json[] {
  const members = membersOf(part);
  if (members.length === 0) return [part.value];
  const prose = members.filter((member) => !becomesUndo(builder, member, steps));
  if (prose.length === 0) return [];
  return [Object.fromEntries(prose.map(({ key, at }) => [key, at.value]))];
}

function becomesUndo(builder: Builder, { key, at }: MemberAt, steps: Json): boolean {
  const step = (Array.isArray(steps) ? steps : []).find(
    (one: Json) =>
      isObject(one) && (one["name"] === key || one["command"] === key || one["command"] === `/${key}`),
  );
  if (!isObject(step) || !isWork(at.value)) return false;
  builder.put(step as Target, "undo", { from: at });
  return true;
}

function isWork(value: Json): boolean {
  return isObject(value) && Object.keys(value).some((key) => key in undoShape.leaves || key === "http");
}
