import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { messageOf, TuttiError } from "../../errors.ts";
import type { Shown } from "../render/out.ts";
import { exampleCommand, exampleSettings, exampleWorkflow } from "../init-files.ts";
import { defineVerb } from "../verb.ts";

interface Written {
  readonly path: string;
  readonly written: boolean;
}

export const init = defineVerb({
  examples: ["tutti init", "tutti init services/api"],
  define: (command) => command.argument("[dir]", "where to write (default: here)"),
  run: async ({ out, json, cwd }, { args: [folder = "."] }) => {
    const root = resolve(cwd, folder);
    const files: Written[] = [
      await writeNew(root, { path: "workflows/first.yaml", text: exampleWorkflow }),
      await writeNew(root, { path: "tutti.yaml", text: exampleSettings }),
    ];
    if (!(await hasCommands(root))) {
      files.push(await writeNew(root, { path: ".claude/commands/greet.md", text: exampleCommand }));
    }
    if (json) {
      out.json({ dir: root, files });
      return 0;
    }
    const file = join(relative(cwd, root), "workflows/first.yaml");
    const next = `next: tutti run ${file} --agent mock`;
    out.say(...files.map((each) => fileLine(each)), next);
    return 0;
  },
});

function fileLine({ path, written }: Written): Shown {
  return written
    ? [{ text: "wrote", tone: "good" }, ` ${path}`]
    : [{ text: "kept ", tone: "quiet" }, ` ${path}, which was there`];
}

/** Writes a file that is not there; what is there is never written over. */
async function writeNew(
  root: string,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<Written> {
  const file = join(root, path);
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (error) {
    throw notWritten(file, error);
  }
  try {
    await writeFile(file, text, { flag: "wx" });
    return { path, written: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return { path, written: false };
    throw notWritten(file, error);
  }
}

function notWritten(file: string, cause: unknown): TuttiError {
  return new TuttiError("FILE_UNREADABLE", `Cannot write "${file}": ${messageOf(cause)}`, {
    fix: "check the folder and its permissions",
    cause,
  });
}

async function hasCommands(root: string): Promise<boolean> {
  try {
    const names = await readdir(join(root, ".claude", "commands"), { recursive: true });
    return names.some((name) => name.endsWith(".md"));
  } catch {
    return false;
  }
}
