import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createCommandCatalog } from "../src/commands/catalog.ts";
import { TuttiError } from "../src/errors.ts";
import type { CommandCatalog } from "../src/ports/command-catalog.ts";

/** Folders of a repository, a home, plugins and a library, all below `root`, for tests of the command catalog. */
export interface CommandProject {
  readonly root: string;
  /** The repository. */
  readonly dir: string;
  /** Writes a file below `root` and gives its path. */
  put(path: string, text?: string): Promise<string>;
  /** Writes project commands by name. */
  putCommands(...names: readonly string[]): Promise<void>;
  catalog(more?: { readonly projectDir?: string; readonly plugins?: readonly string[] }): CommandCatalog;
  remove(): Promise<void>;
}

export async function createCommandProject(): Promise<CommandProject> {
  const root = await mkdtemp(join(tmpdir(), "tutti-commands-"));
  const dir = join(root, "repo");
  const put = async (path: string, text = "---\ndescription: about this\n---\nDo it."): Promise<string> => {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  await put("repo/.git/HEAD", "ref");
  return {
    root,
    dir,
    put,
    putCommands: async (...names) => {
      for (const name of names) await put(`repo/.claude/commands/${name}.md`);
    },
    catalog: (more = {}) =>
      createCommandCatalog({
        projectDir: more.projectDir ?? dir,
        userDir: join(root, "home"),
        pluginDirs: more.plugins ?? [],
        libraryDir: join(root, "library"),
        stateDir: join(root, "state"),
        clock: { now: () => 1234, at: () => () => undefined },
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The TuttiError with which some work fails. */
export async function failureOf(work: Promise<unknown>): Promise<TuttiError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TuttiError) return error;
  throw new Error("it did not fail with a TuttiError", { cause: error });
}
