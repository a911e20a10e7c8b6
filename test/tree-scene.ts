import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeSetup } from "../src/language/workspace.ts";
import { createProcesses } from "../src/processes/supervisor.ts";
import { gitProject } from "../src/testing/git-project.ts";
import {
  type Files,
  plainGit,
  type ScratchRepository,
  writeFiles,
} from "../src/testing/scratch-repository.ts";
import { makeReady, type ReadyParts } from "../src/workspace/git/ready.ts";
import { filesOf, type PlaceFiles } from "../src/workspace/git/refs.ts";
import { findRepository, type Repository } from "../src/workspace/git/repository.ts";
import { makeTree } from "../src/workspace/git/worktree.ts";

export const signal = new AbortController().signal;
export const treeEnv = { ...plainGit, PATH: `${join(process.execPath, "..")}:${process.env["PATH"]}` };

export interface TreeScene extends ScratchRepository {
  readonly files: (lane: string) => PlaceFiles;
  readonly parts: ReadyParts;
  /** Makes the tree of a lane and makes it ready; gives its environment. */
  readonly ready: (
    setup: TreeSetup,
    options?: {
      readonly lane?: string;
      readonly signal?: AbortSignal;
      readonly stateDir?: string;
      readonly commit?: string;
    },
  ) => Promise<Readonly<Record<string, string>>>;
  readonly said: string[];
  readonly repository: () => Promise<Repository>;
  readonly textIn: (name: string, lane?: string) => string;
  readonly isIn: (name: string, lane?: string) => boolean;
}

/** A project of these files, all that `.gitignore` names ignored, and those that are not committed. */
export function treeScene(files: Files, more: Files = {}, folder = ""): TreeScene {
  const made = gitProject(files);
  writeFiles(made.dir, more);
  const said: string[] = [];
  const stateDir = join(made.dir, ".tutti");
  const parts: ReadyParts = {
    stateDir,
    processes: createProcesses(),
    env: treeEnv,
    shell: (line) => ({ file: "/bin/sh", args: ["-c", line] }),
  };
  const filesAt = (lane: string, state = stateDir) =>
    filesOf(join(state, "worktrees"), { runId: "r1", lane });
  const found = async (): Promise<Repository> => {
    const repository = await findRepository({ projectDir: join(made.dir, folder), env: treeEnv }, signal);
    if (!repository) throw new Error("no repository");
    return repository;
  };
  const at = (name: string, lane: string) => join(filesAt(lane).dir, name);
  return {
    ...made,
    repository: found,
    textIn: (name, lane = "") => readFileSync(at(name, lane), "utf8"),
    isIn: (name, lane = "") => existsSync(at(name, lane)),
    files: filesAt,
    parts,
    said,
    ready: async (setup, { lane = "", signal: own = signal, stateDir: state = stateDir, commit } = {}) => {
      const repository = await found();
      const request = {
        repository,
        place: { runId: "r1", lane },
        files: filesAt(lane, state),
        setup,
        print: (line: string) => void said.push(line),
      };
      await makeTree(
        repository,
        { dir: request.files.dir, commit: commit ?? made.git("rev-parse", "HEAD") },
        own,
      );
      return makeReady({ ...parts, stateDir: state }, request, own);
    },
  };
}
