import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bin } from "../program.ts";
import { hasTmux, TmuxTerminal } from "./tmux.ts";
import { Project } from "./tutti.ts";

const workflow = `
name: notes
workspace: run
chain:
  - {name: first, run: "echo first > one"}
  - {name: second, run: "echo second > two"}
  - {name: third, run: "echo third > three"}
`;

async function completedRun(): Promise<Project> {
  const project = new Project({ "notes.yaml": workflow });
  rmSync(project.path(".git"), { recursive: true });
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: project.dir });
  git("init", "--quiet");
  git("add", "--all");
  git("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "--quiet", "--message", "first");
  await project.call(["run", "notes.yaml"]);
  return project;
}

describe.skipIf(!hasTmux)("tutti rollback --progressive", () => {
  it("goes through the checkpoints until it is told to stop, shows what that does, and asks", async () => {
    const project = await completedRun();
    const terminal = new TmuxTerminal({ cwd: project.dir, columns: 110, rows: 60 });
    terminal.type(`'${process.execPath}' '${bin}' rollback @last --progressive`);
    await terminal.shows("checkpoint 4: WORKFLOW-FINAL");
    await terminal.shows("Take this back?");
    terminal.keys("Enter");
    await terminal.shows("+ three  +1 -0");
    terminal.keys("Enter");
    await terminal.shows("+ two  +1 -0");
    terminal.keys("Down", "Enter");
    await terminal.shows("Go back there?");
    expect(terminal.screen()).toContain("- three  +0 -1");
    terminal.keys("Left", "Enter");
    await terminal.shows("is at checkpoint 2 now, and paused; 2 steps stay done");
    const { values } = await project.json(["checkpoints", "@last"]);
    expect(values[0]).toMatchObject({ checkpoints: { length: 6 } });
  });

  it("leaves everything as it is when it is told so", async () => {
    const project = await completedRun();
    const terminal = new TmuxTerminal({ cwd: project.dir, columns: 110, rows: 60 });
    terminal.type(`'${process.execPath}' '${bin}' rollback @last --progressive; echo "status $?"`);
    await terminal.shows("Take this back?");
    terminal.keys("Down", "Down", "Enter");
    await terminal.shows("status 4");
    const { values } = await project.json(["checkpoints", "@last"]);
    expect(values[0]).toMatchObject({ checkpoints: { length: 5 } });
  });
});
