import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import { isTuttiError } from "../../errors.ts";
import { scratchRepository } from "../../testing/scratch-repository.ts";

const signal = new AbortController().signal;

// where names are compared without their case the folder is the repository's own
it.skipIf(existsSync(import.meta.filename.toUpperCase())).each(["git~1", "filter/.GIT/x"])(
  "a file that git refuses for its name is to be renamed or deleted: %s",
  async (path) => {
    const user = scratchRepository();
    onTestFinished(() => user.remove());
    user.commit("first", { a: "one\n" });
    const setup = {};
    const workspaces = gitDriver(user.dir);
    const { commit: from } = await workspaces.base({ runId: "r1", name: "w", mode: "run", setup }, signal);
    const place = { runId: "r1", lane: "" };
    const tree = await workspaces.open({ mode: "run", place, from, setup, print: () => {} }, signal);
    mkdirSync(dirname(join(tree.cwd, path)), { recursive: true });
    writeFileSync(join(tree.cwd, path), "x\n");
    const error = await tree
      .save({ kind: "WORKFLOW-STEP", what: "completed" }, signal)
      .catch((thrown: unknown) => thrown);
    const said = isTuttiError(error, "WORKSPACE_UNFIT") ? [error.message, error.fix] : [];
    expect(said).toEqual([
      expect.stringContaining(`invalid path '${path}'`),
      expect.stringMatching(/^rename or delete the file: /),
    ]);
  },
);
