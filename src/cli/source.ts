import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import type { Source, WorkflowSource, WrittenSource } from "../verbs/load.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { Context } from "./context.ts";
import { notesLines, problemsLines } from "./render/error.ts";

export const patternPrefix = "pattern:";

/** Where the workflow is that a person names: a file, `-` for standard input, or `pattern:NAME`. */
export async function sourceNamed(
  name: string,
  { tutti, cwd }: { readonly tutti: Tutti; readonly cwd: string },
): Promise<WrittenSource> {
  if (name === "-") return { kind: "text", text: await text(process.stdin), origin: "<stdin>" };
  if (name.startsWith(patternPrefix)) return patternNamed(tutti, name.slice(patternPrefix.length));
  if (isPatternMeant(name, { tutti, cwd })) {
    throw new TuttiError("FILE_NOT_FOUND", `Cannot read the workflow "${name}": there is no such file`, {
      fix: `did you mean "${patternPrefix}${name}"?`,
    });
  }
  return { kind: "file", path: name, cwd };
}

function isPatternMeant(
  name: string,
  { tutti, cwd }: { readonly tutti: Tutti; readonly cwd: string },
): boolean {
  return tutti.patterns().some((pattern) => pattern.name === name) && !existsSync(resolve(cwd, name));
}

function patternNamed(tutti: Tutti, name: string): WrittenSource {
  const patterns = tutti.patterns();
  const found = patterns.find((pattern) => pattern.name === name);
  if (found) return { kind: "file", path: found.file };
  const names = patterns.map((pattern) => pattern.name);
  const close = nearest(name, names);
  throw new TuttiError("FILE_NOT_FOUND", `Cannot find the pattern "${name}": tutti has none of this name`, {
    fix: close === undefined ? `use one of: ${names.join(", ")}` : `did you mean "${patternPrefix}${close}"?`,
  });
}

/** Reads a workflow that has no mistakes; its warnings are noted. */
export async function loadNoted(
  { out }: Pick<Context, "out">,
  tutti: Tutti,
  source: WorkflowSource,
): Promise<Source> {
  const loaded = await tutti.load(source);
  out.note(...problemsLines(loaded.warnings, "tutti validate FILE --json has all"));
  out.note(...notesLines(loaded.notes));
  return loaded;
}
