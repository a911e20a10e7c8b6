import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { messageOf, TuttiError } from "../../errors.ts";
import { migratedJson } from "../../language/migrated-json.ts";
import { patternPrefix, sourceNamed } from "../source.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

interface MigrateFlags {
  readonly write?: boolean;
  readonly out?: string;
}

export const migrate = defineVerb<MigrateFlags>({
  examples: [
    "tutti migrate old.json",
    "tutti migrate old.yaml --write",
    "tutti migrate old.json --out new.yaml",
  ],
  define: (command) =>
    command
      .argument("<file>", "workflow file in any dialect, pattern:NAME, or - for standard input")
      .option("--write", "write the result into the same file, as JSON when its name ends in .json")
      .option("--out <file>", "write the result into a new file, as JSON when its name ends in .json"),
  run: async ({ out, json, cwd, open }, { args: [file = ""], options }) => {
    const target = targetOf(file, options);
    const tutti = await open();
    const migrated = await tutti.migrate(await sourceNamed(file, { tutti, cwd }));
    const isJson = target !== undefined && extname(target).toLowerCase() === ".json";
    const { text: result, notes } = isJson ? migratedJson(migrated) : migrated;
    if (target !== undefined)
      await writeWhole(resolve(cwd, target), { text: result, over: options.write === true });
    if (json) out.json({ file, ...(target === undefined ? { text: result } : { written: target }), notes });
    else if (target === undefined) out.document(result);
    else out.say(`wrote ${target}`);
    out.note(...notes.map((note) => [{ text: `note: ${note}`, dim: true }]));
    return 0;
  },
});

function targetOf(file: string, { write, out }: MigrateFlags): string | undefined {
  if (write !== true) return out;
  if (out !== undefined) throw usage('Cannot use "--write" and "--out" together', "take one of them");
  if (file === "-") throw usage('Cannot use "--write" with "-": there is no file', "use --out FILE");
  if (file.startsWith(patternPrefix))
    throw usage(`Cannot use "--write" with "${file}": it is a part of tutti`, "use --out FILE");
  return file;
}

/** Writes a file wholly or not at all; another file is never written over. */
async function writeWhole(
  path: string,
  { text, over }: { readonly text: string; readonly over: boolean },
): Promise<void> {
  if (!over) return writeNew(path, text);
  const real = await realpath(path);
  const { mode } = await stat(real);
  const draft = `${real}.${process.pid}.new`;
  try {
    await writeFile(draft, text, { mode, flag: "wx" });
    await rename(draft, real);
  } catch (error) {
    await rm(draft, { force: true });
    throw notWritten(path, error);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    throw notWritten(path, error);
  }
}

function notWritten(path: string, error: unknown): TuttiError {
  const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
  return new TuttiError(
    "FILE_UNREADABLE",
    `Cannot write "${path}": ${exists ? "there is such a file already" : messageOf(error)}`,
    {
      fix: exists ? "name another file, or use --write on it" : "check the folder and its permissions",
      cause: error,
    },
  );
}
