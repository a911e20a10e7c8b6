import type { PlanReport } from "../../verbs/plan.ts";
import type { Shown } from "./out.ts";
import { countText, oneLine } from "./words.ts";

/** A warning that commands are to be told nothing, one for all that get their text from the same inputs. */
export function wordlessLines({ wordless = [] }: Pick<PlanReport, "wordless">): readonly Shown[] {
  const alike = Map.groupBy(wordless, ({ inputs }) => inputs.join(" "));
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const { address, command, inputs } = first;
    const names = inputs.map((name) => `"${name}"`).join(", ");
    const how = inputs.map((name) => `--input ${name}="…"`).join(" ");
    const why = inputs.length === 1 ? `the input ${names} is empty` : `the inputs ${names} are empty`;
    const more = others.length === 0 ? "" : `, as do ${countText(others.length, "other step")}`;
    const line = `: ${oneLine(address)} gives ${oneLine(command)} no text${more}: ${why}; give it with ${how}`;
    return [[{ text: "warning", tone: "warn" }, line]];
  });
}
