import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Event } from "../src/core/events.ts";
import { openTutti, type TuttiOptions } from "../src/engine.ts";
import type { StartOptions } from "../src/verbs/start.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

type Of<T extends Event["type"]> = Extract<Event, { readonly type: T }>;

/** The events of one type. */
export function only<T extends Event["type"]>(events: readonly Event[], type: T): readonly Of<T>[] {
  return events.filter((event): event is Of<T> => event.type === type);
}

/** A step after the other, each of which adds a line. */
export const lines = `
name: lines
workspace: run
chain:
  - {name: one, run: "echo one >> log"}
  - {name: two, run: "echo two >> log"}
  - {name: three, run: "echo three >> log"}
`;

/** Steps side by side, one of them a chain, and one after them. */
export const writers = `
name: writers
workspace: run
chain:
  - name: all
    parallel: true
    steps:
      - {name: x, run: "echo x > x", writes: [x]}
      - {name: y, run: "sleep 0.3; echo y > y", writes: [y]}
  - {name: after, run: "ls > after", writes: [after], depends_on: [all]}
`;

/** A project in a git repository, or in none. */
export interface TreeProject {
  readonly cwd: string;
  readonly git: (...args: readonly string[]) => string;
  readonly open: (options?: TuttiOptions) => Promise<Tutti>;
  readonly write: (files: Readonly<Record<string, string>>) => void;
}

export function treeProject(
  files: Readonly<Record<string, string>>,
  { repository = true }: { readonly repository?: boolean } = {},
): TreeProject {
  const cwd = temporaryFolder();
  const git = (...args: readonly string[]): string => {
    const own = [
      "-c",
      "user.name=A User",
      "-c",
      "user.email=user@localhost",
      "-c",
      "init.defaultBranch=main",
    ];
    return execFileSync("git", [...own, ...args], { cwd, encoding: "utf8" });
  };
  const write = (some: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(some)) {
      mkdirSync(join(cwd, dirname(name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
  };
  write(files);
  if (repository) {
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "first");
  }
  const open = async (options: TuttiOptions = {}): Promise<Tutti> => {
    const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), ...options });
    onTestFinished(() => tutti.close());
    return tutti;
  };
  return { cwd, git, write, open };
}

/** What came of a run, and what it left. */
export interface TreeRun {
  readonly id: string;
  readonly status: string;
  readonly events: readonly Event[];
  /** Content of a file in the newest checkpoint of the run's own tree. */
  file(path: string): string | undefined;
  /** Names of files in it. */
  readonly files: readonly string[];
  /** Titles of the checkpoints of the run's own tree, oldest first. */
  readonly titles: readonly string[];
}

export async function runIn(
  project: TreeProject,
  text: string,
  { mock, ...options }: StartOptions & Pick<TuttiOptions, "mock"> = {},
): Promise<TreeRun> {
  const tutti = await project.open(mock === undefined ? {} : { mock });
  const source = await tutti.load({ kind: "text", text });
  const handle = await tutti.start(source, options);
  await handle.done;
  return treeRun(project, tutti, handle.id);
}

export async function treeRun(project: TreeProject, tutti: Tutti, id: string): Promise<TreeRun> {
  const { git } = project;
  const ref = `refs/tutti/${id}/run`;
  const { status } = await tutti.show(id);
  const said = git("log", "--first-parent", "--format=%s", ref).trim().split("\n").toReversed();
  const files = git("ls-tree", "-r", "--name-only", ref).trim().split("\n");
  return {
    id,
    status,
    events: await tutti.events(id),
    files,
    file: (path) => (files.includes(path) ? git("show", `${ref}:${path}`) : undefined),
    titles: said
      .filter((title) => /^(PRE-)?WORKFLOW/.test(title))
      .map((title) => title.replace(` in ${id}`, "")),
  };
}
