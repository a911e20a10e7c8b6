import type { NodeView } from "../../core/view.ts";
import type { JsonObject } from "../../expression/json.ts";
import { shellWord } from "../../expression/shell-word.ts";
import { namedText, oneLine } from "./words.ts";

/** Files of which a landing has one side only, because both had changed the same; undefined: it is no such landing. */
export function decidedIn({ landed, side, decided }: JsonObject): Decided | undefined {
  if (landed === undefined || !Array.isArray(decided)) return undefined;
  return { side: side === "theirs" ? "theirs" : "ours", files: decided.map(String) };
}

interface Decided {
  readonly side: "ours" | "theirs";
  readonly files: readonly string[];
}

/** Whose work is not in the tree of the run, on one line for each side that was taken. */
export function decidedLines({
  id,
  nodes,
}: {
  readonly id: string;
  readonly nodes: readonly NodeView[];
}): readonly string[] {
  return (["ours", "theirs"] as const).flatMap((side) => {
    const landings = nodes.flatMap(({ address, gates }) => {
      const last = gates.findLast(({ passed, evidence }) => passed && decidedIn(evidence));
      const found = last && decidedIn(last.evidence);
      return found?.side === side ? [{ address, files: found.files }] : [];
    });
    const [first] = landings;
    if (!first) return [];
    const files = [...new Set(landings.flatMap((landing) => landing.files))].map((path) => oneLine(path));
    const who = namedText(landings.map(({ address }) => address));
    const lost =
      side === "ours"
        ? `what ${who} did to the same lines did not land`
        : `${who} wrote over the others' lines`;
    return [
      `  changed on both sides: ${namedText(files)}; ${lost} (\`${side}\`): tutti show ${id} ${shellWord(first.address)}`,
    ];
  });
}
