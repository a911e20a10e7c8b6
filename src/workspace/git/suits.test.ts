import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../runtimes/memory/fake-clock.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createGitWorkspaces } from "./workspaces.ts";

const signal = new AbortController().signal;

function suitsIn(projectDir: string, env: NodeJS.ProcessEnv = process.env) {
  const ready = { processes: createProcesses(), env: {}, shell: () => ({ file: "sh", args: [] }) };
  const stateDir = join(projectDir, ".tutti");
  return createGitWorkspaces({ projectDir, stateDir, clock: createFakeClock(), env, ready }).suits(signal);
}

function git(cwd: string, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd, stdio: "ignore" });
}

describe("what suits a project that says nothing", () => {
  it("is a tree of the run's own in a repository", async () => {
    const folder = temporaryFolder();
    git(folder, "init");
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-m", "first");
    expect(await suitsIn(folder)).toBe("run");
  });

  it("is the folder itself in a repository that has no commit yet", async () => {
    const folder = temporaryFolder();
    git(folder, "init");
    expect(await suitsIn(folder)).toBe("shared");
  });

  it("is the folder itself outside of one", async () => {
    expect(await suitsIn(temporaryFolder())).toBe("shared");
  });

  it("is to keep nothing without the git program", async () => {
    expect(await suitsIn(temporaryFolder(), { PATH: "/nonexistent" })).toBeUndefined();
  });

  it("is told to be nothing for a repository that cannot be used: nobody works in it unseen", async () => {
    const folder = temporaryFolder();
    git(folder, "init", "--bare");
    await expect(suitsIn(folder)).rejects.toMatchObject({ code: "WORKSPACE_UNFIT" });
  });
});
