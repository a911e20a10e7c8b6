import { isTuttiError, type Problem } from "../../errors.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "../exit-status.ts";
import { briefly, notesLines } from "../render/error.ts";
import type { Shown } from "../render/out.ts";
import { countText } from "../render/words.ts";
import { sourceNamed } from "../source.ts";
import { defineVerb } from "../verb.ts";

/** What was found about one file. */
interface Validated {
  readonly file: string;
  readonly ok: boolean;
  readonly name?: string;
  readonly dialect?: string;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

export const validate = defineVerb({
  examples: ["tutti validate workflows/*.yaml", "generate | tutti validate - --json"],
  define: (command) => command.argument("<file...>", "workflow files, pattern:NAME, or - for standard input"),
  run: async (context, { args }) => {
    const tutti = await context.open();
    const files: Validated[] = [];
    for (const file of args) files.push(await validated(context, tutti, file));
    const ok = files.every((file) => file.ok);
    if (context.json) context.out.json({ ok, files });
    else {
      // a call for each file: all lines of many files are more arguments than a call takes
      for (const file of files) context.out.say(...linesOf(file));
      context.out.say(...totalLines(files));
    }
    return ok ? exitStatus.done : exitStatus.wrongInput;
  },
});

async function validated({ cwd }: Context, tutti: Tutti, file: string): Promise<Validated> {
  try {
    const checked = await tutti.check(await sourceNamed(file, { tutti, cwd }));
    const { workflow, dialect, problems, notes } = checked;
    return {
      file,
      ok: workflow !== undefined,
      ...(workflow ? { name: workflow.name } : {}),
      dialect,
      problems,
      notes,
    };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    const { code, message, fix } = error;
    return { file, ok: false, problems: [{ severity: "error", code, message, fix }], notes: [] };
  }
}

function linesOf({ file, ok, name, problems, notes }: Validated): Shown[] {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const head: Shown = ok
    ? [{ text: "good", tone: "good" }, ` ${file} (${name})`]
    : [{ text: "bad ", tone: "bad" }, ` ${file}: ${countText(errors, "mistake")}`];
  return [
    head,
    ...briefly(problems).flatMap((lines) => ["", ...lines]),
    ...(problems.length > 0 ? [""] : []),
    ...notesLines(notes),
  ];
}

function totalLines(files: readonly Validated[]): Shown[] {
  if (files.length < 2) return [];
  const bad = files.filter((file) => !file.ok).length;
  return [`${countText(files.length, "file")}, ${bad === 0 ? "all good" : `${bad} with mistakes`}`];
}
