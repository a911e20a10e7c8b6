import { TuttiError } from "../errors.ts";
import type { FoundCommand } from "./discover.ts";
import { fuzzyScore, isHostile, nameKey, nearestNames, shown } from "./names.ts";

export interface Resolved {
  readonly found: FoundCommand;
  /** The name was not met exactly; this one was the only that fits. */
  readonly fuzzy: boolean;
}

/**
 * The command a name means. In each place, nearest first: the folder and file, the folder's `execute.md`, the direct
 * file; in no place: what fits nearly, when it is one. A skill comes before a command of the same name, as in Claude
 * Code; agents are no commands. `alias`: another name of a file, met when nothing else is.
 */
export function resolveName(
  name: string,
  all: readonly FoundCommand[],
  alias: (found: FoundCommand) => string | undefined = () => undefined,
): Resolved {
  const commands = all.filter((found) => found.kind !== "agent");
  if (isHostile(name)) throw unknown(name, commands);
  const exact = exactMatch(name, commands);
  if (exact) return { found: exact, fuzzy: false };
  const named = commands.find((found) => nameKey(alias(found) ?? "") === nameKey(name));
  return named ? { found: named, fuzzy: false } : fuzzyMatch(name, commands);
}

/** Steps one to three, without the fuzzy one. */
export function exactMatch(name: string, commands: readonly FoundCommand[]): FoundCommand | undefined {
  const key = nameKey(name);
  const wanted = key.includes(":") ? [key, `${key}:execute`] : [`${key}:execute`, key];
  const literal = name.normalize("NFC").replace(/^\//, "");
  const ranked = commands
    .map((found) => ({ found, step: wanted.indexOf(nameKey(found.name)) }))
    .filter((candidate) => candidate.step >= 0);
  ranked.sort(
    (a, b) =>
      a.found.scope - b.found.scope ||
      a.step - b.step ||
      Number(b.found.name === literal) - Number(a.found.name === literal) ||
      Number(b.found.kind === "skill") - Number(a.found.kind === "skill"),
  );
  return ranked[0]?.found;
}

function fuzzyMatch(name: string, commands: readonly FoundCommand[]): Resolved {
  const best = new Map<string, { readonly found: FoundCommand; readonly score: number }>();
  for (const found of commands) {
    const score = fuzzyScore(name, found.name);
    if (score !== undefined && !best.has(found.name)) best.set(found.name, { found, score });
  }
  const matches = [...best.values()].sort(
    (a, b) => a.score - b.score || (a.found.name < b.found.name ? -1 : 1),
  );
  const first = matches[0];
  if (!first) throw unknown(name, commands);
  if (matches.length === 1) return { found: first.found, fuzzy: true };
  const names = matches.slice(0, 5).map((match) => `/${shown(match.found.name)}`);
  const more = matches.length > 5 ? ` and ${matches.length - 5} more` : "";
  throw new TuttiError(
    "COMMAND_AMBIGUOUS",
    `Cannot choose a command for "${shown(name)}": it may mean ${names.join(", ")}${more}`,
    { fix: "write the whole name of one of them" },
  );
}

function unknown(name: string, commands: readonly FoundCommand[]): TuttiError {
  const nearest = nearestNames(
    name,
    commands.map((found) => found.name),
  ).map((near) => `/${shown(near)}`);
  const hint = nearest.length > 0 ? `; the nearest: ${nearest.join(", ")}` : "";
  return new TuttiError(
    "UNKNOWN_COMMAND",
    `Cannot find command "${shown(name)}": no file has this name${hint}`,
    {
      fix: nearest[0]
        ? `write ${nearest[0]}, or create the file in .claude/commands/`
        : "list what there is with: tutti commands",
    },
  );
}
