import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const workflow = `
name: notes
description: Writes some notes
workspace: run
chain:
  - {name: first, run: "echo first > notes"}
  - {name: second, run: "echo second >> notes"}
  - {name: third, run: "test -e go && echo third >> notes", retry: 0}
`;

const who = ["-c", "user.name=reader", "-c", "user.email=reader@localhost"];

/** A repository with one commit, and a run in it that failed at its third step. */
async function failedRun(
  files: Readonly<Record<string, string>> = {},
  uncommitted: Readonly<Record<string, string>> = {},
) {
  const project = new Project({ "notes.yaml": workflow, readme: "hello\n", ...files });
  rmSync(project.path(".git"), { recursive: true });
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...who, ...args], { cwd: project.dir, encoding: "utf8" });
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "reader");
  git("config", "user.email", "reader@localhost");
  git("add", "--all");
  git("commit", "--quiet", "--message", "first");
  project.write(uncommitted);
  const { stdout } = await project.call(["run", "notes.yaml"]);
  const id = /run (\S+)/.exec(stdout)?.[1] ?? "";
  return { project, git, id, said: stdout };
}

describe("tutti rollback", () => {
  it("shows what it would do, asks for a yes, and does it", async () => {
    const { project, id } = await failedRun();
    const shown = await project.call(["rollback", "@last", "--to", "first", "--dry-run"]);
    expect(shown).toMatchObject({ status: 0, stderr: "" });
    expect(shown.stdout).toMatch(/^run \S+ to the end of "first" \([0-9a-f]{10}\)\n/);
    expect(shown.stdout).toContain("1 file of its own tree becomes another:\n  ~ notes  +0 -1\n");
    expect(shown.stdout).toContain("1 step to be done again: second\n");
    expect(shown.stdout).toContain("not taken back: what these did beside files of the tree: second\n");
    const refused = await project.call(["rollback", "@last", "--to", "first"]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("fix: look at what it would do with --dry-run, then give --yes");
    const done = await project.call(["rollback", "@last", "--to", "first", "--yes"]);
    expect(done.status).toBe(0);
    expect(done.stdout).toBe(
      `run ${id} is at the end of "first" now, and paused; 1 step stays done; it goes on with: tutti resume ${id}\n` +
        `this is undone with: tutti rollback ${id} --to 4\n`,
    );
    const show = await project.call(["show", "@last"]);
    expect(show.stdout).toContain("nothing has begun in it since; stays done: first\n");
    const { values } = await project.json(["checkpoints", "@last"]);
    expect(values[0]).toMatchObject({ runId: id, checkpoints: { length: 6 } });
  });

  it("says what is wrong with how it was asked", async () => {
    const { project } = await failedRun();
    const fixOf = async (...args: readonly string[]): Promise<string> => {
      const { status, stderr } = await project.call(["rollback", "@last", ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    expect(await fixOf()).toContain("give one of --to NODE");
    expect(await fixOf("--all", "--step", "first")).toContain("only once");
    expect(await fixOf("--to", "1", "--into", "x")).toContain("add --emergency");
    expect(await fixOf("--emergency", "--all")).toContain("it needs --to COMMIT");
    expect(await fixOf("--progressive")).toContain("there is no terminal to ask at");
    expect(await fixOf("--to", "frist")).toContain('did you mean "first"?');
  });

  it("takes files out of the checkpoints alone when the state folder is gone", async () => {
    const { project, id } = await failedRun();
    rmSync(project.path(".tutti"), { recursive: true });
    const listed = await project.call(["checkpoints", id]);
    expect(listed.stdout).toContain("WORKFLOW-STEP: second completed");
    const done = await project.call(["rollback", id, "--emergency", "--to", "2", "--into", "out"]);
    expect(done.status).toBe(0);
    expect(readFileSync(project.path("out/notes"), "utf8")).toBe("first\nsecond\n");
  });
});

it("what only looks for checkpoints makes no state folder", async () => {
  const project = new Project();
  expect((await project.call(["checkpoints", "nothing"])).stderr).toContain("RUN_NOT_FOUND");
  const rescue = ["rollback", "nothing", "--emergency", "--to", "1", "--dry-run"];
  expect((await project.call(rescue)).stderr).toContain("no checkpoint is of such a run");
  expect(existsSync(project.path(".tutti"))).toBe(false);
});

describe("tutti show --diff", () => {
  it("prints what a step changed, as a patch", async () => {
    const { project } = await failedRun();
    const { stdout, status } = await project.call(["show", "@last", "second", "--diff"]);
    expect(status).toBe(0);
    expect(stdout).toContain("--- a/notes\n+++ b/notes\n");
    expect(stdout).toContain("\n+second\n");
  });
});

describe("tutti land", () => {
  it("asks for a yes while the run is not completed, and brings what ended well", async () => {
    const { project, git, id, said } = await failedRun();
    expect(said).toContain(`changed 1 file in a tree of its own: tutti land ${id} brings it to your branch`);
    expect(existsSync(project.path("notes"))).toBe(false);
    const refused = await project.call(["land", "@last"]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("the run is failed: only what ended well of it lands");
    const landed = await project.json(["land", "@last", "--yes"]);
    expect(landed.values[0]).toMatchObject({ runId: id, branch: "main", commits: 1, files: ["notes"] });
    expect(git("show", "--format=%s", "--name-only").split("\n")).toEqual([
      "notes: Writes some notes",
      "",
      "notes",
      "",
    ]);
    expect(git("status", "--porcelain", "--", "notes")).toBe("");
    const again = await project.call(["land", "@last"]);
    expect(again.stdout).toMatch(/ has landed on main already, as /);
  });

  it("opens a pull request when asked, also for what has landed before", async () => {
    const { project, git, id } = await failedRun();
    git("init", "--quiet", "--bare", "remote.git");
    git("remote", "add", "origin", project.path("remote.git"));
    project.write({ "bin/gh": '#!/bin/sh\n[ "$2" = create ] && cat >&2 && echo https://example.test/7\n' });
    chmodSync(project.path("bin/gh"), 0o755);
    const env = { PATH: `${project.path("bin")}:${process.env["PATH"] ?? ""}` };
    const landed = await project.call(["land", "@last", "--yes", "--pull-request"], { env });
    expect(landed.stdout).toContain(`has landed on landed/${id} as `);
    expect(landed.stdout).toContain("https://example.test/7\n");
    expect(git("--git-dir", "remote.git", "branch")).toContain(`landed/${id}`);
    const again = await project.json(["land", "@last", "--yes", "--pull-request"], { env });
    expect(again.values[0]).toMatchObject({ branch: `landed/${id}`, pullRequest: "https://example.test/7" });
  });

  it("says when there is nothing to land, also of what it would do", async () => {
    const { project } = await failedRun();
    await project.call(["rollback", "@last", "--all", "--yes"]);
    for (const flag of ["--yes", "--dry-run"]) {
      const { status, stderr } = await project.call(["land", "@last", flag]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining("nothing that ended well in it changed a file"),
      ]);
    }
  });

  it("says which files keep it from landing, and what to do", async () => {
    const { project, git } = await failedRun();
    project.write({ notes: "mine\n" });
    const inTheWay = await project.call(["land", "@last", "--yes"]);
    expect(inTheWay.status).toBe(2);
    expect(inTheWay.stderr).toMatch(/WORKSPACE_UNFIT: .* are in the way: notes\nfix: commit them or/);
    git("add", "notes");
    git("commit", "--quiet", "--message", "mine");
    const conflict = await project.call(["land", "@last", "--yes"]);
    expect(conflict.stderr).toMatch(/LANDING_CONFLICT: .* both changed the same in notes\nfix: /);
    expect(conflict.stderr).toContain("then git merge landed/");
    expect((await project.call(["land", "@last", "--yes", "--theirs"])).status).toBe(0);
    expect(readFileSync(project.path("notes"), "utf8")).toBe("first\nsecond\n");
  });

  it("offers no branch on which it does not land either: the run began with lines that were in no commit", async () => {
    const { project } = await failedRun({ notes: "committed\n" }, { notes: "not committed\n" });
    project.write({ notes: "committed\n" });
    const { stderr } = await project.call(["land", "@last", "--yes"]);
    expect(stderr).toMatch(
      /LANDING_CONFLICT: .*\nfix: commit what you changed in them, if you have not, and land/,
    );
    expect(stderr).not.toContain("git merge");
  });

  it("says that the branch has it already, and takes no empty message", async () => {
    const { project, git } = await failedRun();
    project.write({ notes: "first\nsecond\n" });
    git("add", "notes");
    git("commit", "--quiet", "--message", "by hand");
    const { stderr } = await project.call(["land", "@last", "--yes"]);
    expect(stderr).toContain("main has what it did already");
    const empty = await project.call(["land", "@last", "--yes", "--message", " ", "--to", "x"]);
    expect(empty.stderr).toMatch(/USAGE: .* the message is empty/);
  });
});

describe("tutti fork", () => {
  it("shows what another run would begin with, and begins none", async () => {
    const { project, id } = await failedRun();
    const { status, stdout } = await project.call(["fork", "@last", "--dry-run"]);
    expect([status, stdout]).toEqual([
      0,
      `another run from how it stands of run ${id}: 2 results taken over\nit works in a tree of its own, with the files as they were there\n`,
    ]);
    const { values } = await project.json(["fork", "@last", "--to", "first", "--dry-run"]);
    expect(values).toEqual([
      {
        runId: id,
        point: 'the end of "first"',
        shared: ["first"],
        sharedUsd: 0,
        unlanded: [],
        where: "tree",
        dryRun: true,
      },
    ]);
    expect((await project.json(["runs"])).values[0]).toMatchObject({ total: 1 });
  });

  it("begins another run from a point, and follows it", async () => {
    const { project } = await failedRun();
    project.write({ go: "" });
    const { status, stdout, stderr } = await project.call(["fork", "@last", "--to", "second"]);
    expect(stderr).toContain('another run from the end of "second" of run');
    expect(stderr).toContain("2 results taken over\n");
    expect([status, stdout.split("\n")[0]]).toEqual([1, expect.stringContaining("failed notes")]);
    const { values } = await project.json(["runs"]);
    expect(values[0]).toMatchObject({ total: 2 });
  });
});
