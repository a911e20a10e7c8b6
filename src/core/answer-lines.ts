import type { NodeState } from "./node.ts";

/** The command lines with which people answer what a node asks; the first is the one to offer. */
export function answerLines({ plan, address, phase }: NodeState, runId: string): readonly string[] {
  const place = `${runId} ${shellWord(address)}`;
  const { action } = plan.step;
  if (phase === "asking") return [`tutti answer ${place} rerun`, `tutti answer ${place} fail`];
  if (action.kind !== "ask") return [];
  if (action.ask === "approval") return [`tutti approve ${place}`, `tutti reject ${place} --reason "…"`];
  const choices = action.schema?.["enum"];
  if (!Array.isArray(choices)) return [`tutti answer ${place} ${valueWord(action.schema?.["type"])}`];
  return choices.slice(0, 10).map((choice) => `tutti answer ${place} ${shellWord(asWritten(choice))}`);
}

function asWritten(choice: unknown): string {
  return typeof choice === "string" ? choice : (JSON.stringify(choice) ?? "");
}

function valueWord(type: unknown): string {
  return typeof type === "string" ? type.toUpperCase() : "VALUE";
}

/** A text as one word of a shell's command line; quoted only where that is needed. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,#=-]+$/.test(text) && !text.startsWith("#")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
