import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFilesBefore } from "./files-before.ts";
import type { Outcome } from "../core/outcome.ts";
import { createTaskContext, type TestTask } from "../testing/task-context.ts";
import { temporaryFolder } from "../testing/testbed.ts";

function task(cwd: string, filesAtStart?: string): TestTask {
  const policy = { filesBefore: true as const, ...(filesAtStart === undefined ? {} : { filesAtStart }) };
  return createTaskContext({ cwd, policy });
}

function writing(cwd: string, name: string): () => Promise<Outcome> {
  return () => {
    writeFileSync(join(cwd, name), name);
    return Promise.resolve({ ok: true });
  };
}

describe("the account of what an attempt changes", () => {
  it("is kept only where it is asked for", async () => {
    const cwd = temporaryFolder();
    const { context, stages } = createTaskContext({ cwd });
    expect(await withFilesBefore(context, writing(cwd, "a"))).toEqual({ ok: true });
    expect(stages).toEqual([]);
  });

  it("has what lay at each changed path before", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a"), "old");
    writeFileSync(join(cwd, "b"), "old");
    const { context } = task(cwd);
    const work = async () => {
      await writing(cwd, "a")();
      return writing(cwd, "c")();
    };
    expect(await withFilesBefore(context, work)).toEqual({
      ok: true,
      changedFiles: ["a", "c"],
      filesBefore: { a: expect.stringMatching(/^-:sha256:/) as string, c: "" },
    });
  });

  it("goes on from the beginning that another process wrote down", async () => {
    const cwd = temporaryFolder();
    const first = task(cwd);
    await withFilesBefore(first.context, writing(cwd, "a"));
    const id = first.stages[0]?.filesAtStart ?? "";
    const second = task(cwd, id);
    const context = { ...second.context, artifacts: first.store };
    expect(await withFilesBefore(context, writing(cwd, "b"))).toMatchObject({
      changedFiles: ["a", "b"],
      filesBefore: { a: "", b: "" },
    });
    expect(second.stages).toEqual([]);
  });

  it("is not kept when that is lost", async () => {
    const cwd = temporaryFolder();
    const { context } = task(cwd, `sha256:${"0".repeat(64)}`);
    expect(await withFilesBefore(context, writing(cwd, "a"))).toEqual({ ok: true });
  });
});
