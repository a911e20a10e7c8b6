import type { BoardPlan, BoardReader } from "../../verbs/plan-boards.ts";
import type { Shown } from "./out.ts";
import { namedText } from "./words.ts";

/** Who will see whose output, where agents share a blackboard. */
export function boardLines(boards: readonly BoardPlan[] = []): Shown[] {
  return boards.flatMap(({ address, topology, agents }): Shown[] => [
    "",
    [{ text: address, bold: true }, `${topology ? ` (${topology})` : ""}: who sees what of whom`],
    ...agents.map((agent) => `  ${agent.name}: ${readerText(agent)}`),
  ]);
}

function readerText({ board, given, barrier }: BoardReader): string {
  const answers = given.length === 0 ? [] : [`the answers of ${namedText(given)}`];
  const after = barrier ? ", once all at work beside it are done" : "";
  const parts = [...answers, ...boardText(board, after)];
  return parts.length === 0 ? "nothing of the others" : parts.join("; ");
}

function boardText(board: BoardReader["board"], after: string): readonly string[] {
  if (board === "all") return [`what anybody writes on the blackboard${after}`];
  return board.length === 0
    ? []
    : [`what ${namedText(board)} ${board.length === 1 ? "writes" : "write"} on the blackboard${after}`];
}
