import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import { scratchRepository } from "../../testing/scratch-repository.ts";
import { workspacesContract } from "../../testing/workspaces-contract.ts";
import type { FolderFiles, WorkspacesScene } from "../../testing/workspaces-scene.ts";

const toRemove: string[] = [];
afterEach(() => {
  for (const dir of toRemove.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function folder(dir: string): FolderFiles {
  return {
    read() {
      const names = readdirSync(dir, { recursive: true, encoding: "utf8" })
        .filter((name) => !/^\.(git|tutti)(\/|$)/.test(name) && statSync(join(dir, name)).isFile())
        .sort();
      return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), "utf8")]));
    },
    write(path, text) {
      const file = join(dir, path);
      if (text === null) return rmSync(file);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
  };
}

function sceneIn(dir: string): WorkspacesScene {
  toRemove.push(dir);
  return {
    workspaces: gitDriver(dir),
    another: () => gitDriver(dir),
    project: folder(dir),
    files: (_, cwd) => folder(cwd),
  };
}

const inRepository = async (files: Readonly<Record<string, string>>): Promise<WorkspacesScene> => {
  const scratch = scratchRepository();
  scratch.commit("first", files);
  return sceneIn(scratch.dir);
};

const inNone = async (files: Readonly<Record<string, string>>): Promise<WorkspacesScene> => {
  const scene = sceneIn(realpathSync(mkdtempSync(join(tmpdir(), "tutti-none-"))));
  for (const [path, text] of Object.entries(files)) scene.project.write(path, text);
  return scene;
};

describe("trees of a run's own, by git", () => {
  workspacesContract(inRepository, { mode: "run" });
});
describe("the project's folder, by git", () => {
  workspacesContract(inRepository, { mode: "shared" });
});
describe("the project's folder, in no repository", () => {
  workspacesContract(inNone, { mode: "shared" });
});
