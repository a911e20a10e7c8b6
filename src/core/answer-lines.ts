import { askOf } from "./asked.ts";
import type { NodeState } from "./node.ts";
import { shellWord } from "../expression/shell-word.ts";

/** The command lines with which people answer what a node asks; the first is the one to offer. */
export function answerLines(node: NodeState, runId: string): readonly string[] {
  const { address, phase } = node;
  const place = `${runId} ${shellWord(address)}`;
  const action = askOf(node);
  if (phase === "asking") return [`tutti answer ${place} rerun`, `tutti answer ${place} fail`];
  if (!action) return [];
  const as = whoIs(action.by, node);
  if (action.ask === "approval")
    return [`tutti approve ${place}${as}`, `tutti reject ${place}${as} --reason "…"`];
  const choices = action.schema?.["enum"];
  if (!Array.isArray(choices)) return [`tutti answer ${place} ${valueWord(action.schema?.["type"])}${as}`];
  return choices.slice(0, 10).map((choice) => `tutti answer ${place} ${shellWord(asWritten(choice))}${as}`);
}

/** Where only some may answer, they have to say who they are. */
function whoIs(by: readonly string[], { ask }: NodeState): string {
  if (by.length === 0) return "";
  const left = by.filter((name) => ask?.answers.every((answer) => answer.by !== name) ?? true);
  return left.length === 1 && left[0] !== undefined ? ` --as ${shellWord(left[0])}` : " --as NAME";
}

function asWritten(choice: unknown): string {
  return typeof choice === "string" ? choice : (JSON.stringify(choice) ?? "");
}

function valueWord(type: unknown): string {
  return typeof type === "string" ? type.toUpperCase() : "VALUE";
}
