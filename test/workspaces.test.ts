import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runTutti, startTutti } from "./crash/binary.ts";
import type { Project } from "./crash/project.ts";
import { bin } from "./program.ts";
import { only, runIn, treeProject, type TreeProject, treeRun } from "./tree-project.ts";

/** All of a user's things that nobody may touch. */
function usersThings({ git, cwd }: TreeProject): readonly string[] {
  const refs = git("for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  return [
    readFileSync(join(cwd, ".git", "index"), "hex"),
    readFileSync(join(cwd, ".git", "HEAD"), "utf8"),
    readFileSync(join(cwd, ".git", "config"), "utf8"),
    git("status", "--porcelain"),
    ...refs.filter((ref) => !ref.startsWith("refs/tutti/")),
  ];
}

const sequence = `
name: sequence
chain:
  - {name: one, run: "echo one > made; echo more >> old", writes: [made, old]}
  - {name: two, run: "cat made old; echo two >> made", writes: [made], depends_on: [one]}
`;

describe("a run in a repository", () => {
  it("works in a tree of its own, each step on what those before it did; the user's own folder shows nothing", async () => {
    const project = treeProject({ old: "old\n" });
    project.write({ untracked: "mine\n", old: "changed\n" });
    const before = usersThings(project);
    const run = await runIn(project, sequence);
    expect(run.status).toBe("completed");
    expect(run.file("made")).toBe("one\ntwo\n");
    expect(run.file("old")).toBe("changed\nmore\n");
    expect(run.file("untracked")).toBe("mine\n");
    expect(run.titles).toEqual([
      "PRE-WORKFLOW: sequence - baseline before workflow execution",
      "WORKFLOW-STEP: one completed",
      "WORKFLOW-STEP: two completed",
      "WORKFLOW-FINAL: completed",
    ]);
    expect(usersThings(project)).toEqual(before);
    expect(existsSync(join(project.cwd, "made"))).toBe(false);
    const ended = only(run.events, "attempt.ended").map(({ outcome }) => outcome);
    expect(ended).toMatchObject([
      { changedFiles: ["made", "old"], checkpoint: { number: 1 } },
      { changedFiles: ["made"], checkpoint: { number: 2 } },
    ]);
  });

  it("shows git the user's own history, and first of all what was not committed when something was not", async () => {
    const project = treeProject({ old: "old\n" });
    const log = `
name: log
chain: [{name: one, run: "git log --format=%s > log; git status --porcelain > status", writes: [log, status]}]
`;
    const clean = await runIn(project, log);
    expect(clean.file("log")).toBe("first\n");
    expect(clean.file("status")).toBe("?? log\n?? status\n");
    project.write({ old: "changed\n" });
    const dirty = await runIn(project, log);
    expect(dirty.file("log")).toBe("PRE-WORKFLOW: log - baseline before workflow execution\nfirst\n");
    expect(dirty.file("status")).toBe("?? log\n?? status\n");
  });

  it("is found by what a step asks tutti", async () => {
    const project = treeProject({ a: "" });
    const run = await runIn(
      project,
      `
name: asks
chain: [{name: one, run: 'node "$TUTTI" show "$TUTTI_RUN" --json > said', writes: [said], env: {TUTTI: "${bin}"}}]
`,
    );
    expect(run.status).toBe("completed");
    expect(JSON.parse(run.file("said") ?? "")).toMatchObject({ id: run.id });
  });

  it("keeps nothing where no step may write, or nobody wants it", async () => {
    const project = treeProject({ a: "" });
    const tutti = await project.open();
    for (const text of [
      "name: reads\nchain: [{name: a, run: cat a}]",
      'name: none\nworkspace: none\nchain: [{name: a, run: "echo > b", writes: [b]}]',
      'name: unsaved\nsave_state: false\nchain: [{name: a, run: "echo > b", writes: [b]}]',
    ]) {
      const handle = await tutti.start(await tutti.load({ kind: "text", text }));
      await handle.done;
      expect(handle.state.trees).toBeUndefined();
      expect(handle.state.status).toBe("completed");
    }
    expect(project.git("for-each-ref", "refs/tutti")).toBe("");
    expect(existsSync(join(project.cwd, "b"))).toBe(true);
  });

  it("puts away what a failed attempt left before the next", async () => {
    const run = await runIn(
      treeProject({ a: "" }),
      `
name: flaky
chain:
  - name: flaky
    run: 'test ! -e left; echo x > left; test "$TUTTI_ATTEMPT" = 2 || exit 1; rm left; echo good > good'
    writes: [good]
    retry: {max: 1, on: [failure], backoff: none}
`,
    );
    expect(run.status).toBe("completed");
    expect(run.files.toSorted()).toEqual(["a", "good"]);
    expect(run.titles).toContain("WORKFLOW-RECOVERY: flaky attempt 1 failed");
  });

  it("goes on after a failure from what ended well", async () => {
    const project = treeProject({ a: "" });
    const text = `
name: later
chain:
  - {name: good, run: "echo good > good", writes: [good]}
  - {name: bad, run: 'test ! -e left && echo x > left && test -e "$GO"', writes: [left], depends_on: [good], env: {GO: "${project.cwd}/go"}, retry: 0}
`;
    const first = await runIn(project, text);
    expect(first.status).toBe("failed");
    project.write({ go: "" });
    const tutti = await project.open();
    await (
      await tutti.resume(first.id)
    ).done;
    const second = await treeRun(project, tutti, first.id);
    expect(second.status).toBe("completed");
    expect(second.files.toSorted()).toEqual(["a", "good", "left"]);
    expect(only(second.events, "attempt.started").map(({ address }) => address)).toEqual([
      "good",
      "bad",
      "bad",
    ]);
  });

  it("goes on where it began, whatever a changed workflow says", async () => {
    const project = treeProject({ a: "" });
    const failing = sequence.replace("echo two", "exit 1; echo two");
    const { id } = await runIn(project, failing);
    const tutti = await project.open();
    const load = (text: string) => tutti.load({ kind: "text", text });
    for (const mode of ["none", "shared", "step"]) {
      const update = await load(`workspace: ${mode}\n${sequence}`);
      await expect(tutti.difference(id, update)).rejects.toMatchObject({ code: "RUN_STATE" });
      await expect(tutti.resume(id, { update })).rejects.toMatchObject({ code: "RUN_STATE" });
    }
    const update = await load(`workspace: run\n${sequence}`);
    expect((await tutti.difference(id, update)).changed).toEqual(["two"]);
    await (
      await tutti.resume(id, { update })
    ).done;
    expect((await treeRun(project, tutti, id)).file("made")).toBe("one\ntwo\n");
  });

  it("undoes at once what changed a forbidden file, and tells what was not declared", async () => {
    const run = await runIn(
      treeProject({ a: "a\n", "secret/key": "k\n" }),
      `
name: forbidden
chain:
  - name: bad
    run: 'echo b > b; test "$TUTTI_ATTEMPT" = 2 || echo stolen > secret/key'
    writes: [c]
    gates: [{name: hands off, files: {forbid: ["secret/**"]}, retry: 1}]
`,
    );
    expect(run.status).toBe("completed");
    expect(run.file("secret/key")).toBe("k\n");
    expect(run.file("b")).toBe("b\n");
    const [first, second] = only(run.events, "attempt.ended").map(({ outcome }) => outcome);
    expect(first?.undeclared).toEqual(["b", "secret/key"]);
    expect(second?.undeclared).toEqual(["b"]);
    const [no] = only(run.events, "gate.ended");
    expect(no).toMatchObject({ passed: false, evidence: { undone: expect.any(String) as string } });
  });

  it("lets a gate before a step look at what ended well, not at what a failed step left", async () => {
    const run = await runIn(
      treeProject({ a: "a\n" }),
      `
name: rest
chain:
  error_strategy: continue_on_failure
  steps:
    - {name: good, run: "echo b > b", writes: [b]}
    - {name: bad, run: "echo x > left; exit 1", writes: [left], retry: 0, depends_on: [good]}
    - {name: last, run: "ls", depends_on: [good], before: {run: "test -e b && test ! -e left"}}
`,
    );
    expect(run.status).toBe("degraded");
    expect(only(run.events, "gate.ended").map(({ passed }) => passed)).toEqual([true]);
    expect(run.files.toSorted()).toEqual(["a", "b"]);
    const order = run.events.flatMap((event) =>
      "address" in event ? [`${event.type} ${event.address}`] : [],
    );
    expect(order.indexOf("node.ended bad")).toBeLessThan(order.indexOf("gate.started last"));
  });

  it("keeps what a gate's program left that held, for the next step", async () => {
    const run = await runIn(
      treeProject({ a: "a\n" }),
      `
name: quality
chain:
  - {name: one, run: "echo b > b", writes: [b], gates: {run: "echo fine > report"}}
  - {name: two, run: "cat report", depends_on: [one]}
`,
    );
    expect(run.status).toBe("completed");
    expect(run.file("report")).toBe("fine\n");
    expect(run.titles.filter((title) => title.startsWith("WORKFLOW-QUALITY"))).toHaveLength(1);
  });
});

describe("a run whose process is killed", () => {
  it("begins the step again where that began, and keeps what it had left", async () => {
    const project = treeProject({ a: "a\n" });
    const ready = join(project.cwd, ".git", "ready");
    const go = join(project.cwd, ".git", "go");
    project.write({
      "w.yaml": `
name: killed
chain:
  - {name: one, run: "echo one > one", writes: [one]}
  - name: two
    run: 'test ! -e half || exit 1; echo x > half; if test -e ${go}; then mv half whole; else touch ${ready}; sleep 600; fi'
    writes: [whole]
    depends_on: [one]
`,
    });
    const place = { folder: project.cwd, home: join(project.cwd, ".tutti") } as Project;
    const life = startTutti(place, ["run", "w.yaml"]);
    await vi.waitFor(() => expect(existsSync(ready)).toBe(true), { timeout: 20_000, interval: 20 });
    life.kill("SIGKILL");
    await life.ended;
    writeFileSync(go, "");
    expect((await runTutti(place, ["resume", "@last"])).exitCode).toBe(0);
    const tutti = await project.open();
    const run = await treeRun(project, tutti, (await tutti.find("@last")).runId);
    expect(run.files.toSorted()).toEqual(["a", "one", "w.yaml", "whole"]);
    expect(run.titles).toContain("WORKFLOW-RECOVERY: left by work that was cut off");
    const [end] = only(run.events, "attempt.ended").filter(({ address }) => address === "two");
    expect(end?.outcome.details?.["found"]).toMatchObject({ files: 1, kept: false });
  });
});

describe("a folder outside of every repository", () => {
  it("is worked in itself, and what it was like before each step is kept", async () => {
    const project = treeProject({ old: "old\n" }, { repository: false });
    const tutti = await project.open();
    const handle = await tutti.start(await tutti.load({ kind: "text", text: sequence }));
    await handle.done;
    expect(handle.state.status).toBe("completed");
    expect(handle.state.trees?.origin.mode).toBe("shared");
    expect(readFileSync(join(project.cwd, "made"), "utf8")).toBe("one\ntwo\n");
    const ends = only(await tutti.events(handle.id), "attempt.ended");
    expect(ends.map(({ outcome }) => outcome.changedFiles)).toEqual([["made", "old"], ["made"]]);
  });
});

describe("a repository", () => {
  it("in which a merge is not finished lets no run begin, and nothing is written", async () => {
    const project = treeProject({ a: "1\n" });
    project.git("checkout", "--quiet", "-b", "other");
    project.write({ a: "2\n" });
    project.git("commit", "--quiet", "--all", "--message", "second");
    project.git("checkout", "--quiet", "main");
    project.write({ a: "3\n" });
    project.git("commit", "--quiet", "--all", "--message", "third");
    expect(() => project.git("merge", "--quiet", "other")).toThrow("Command failed");
    const tutti = await project.open();
    const source = await tutti.load({ kind: "text", text: sequence });
    await expect(tutti.start(source)).rejects.toMatchObject({ code: "WORKSPACE_UNFIT" });
    expect(await tutti.runs()).toEqual([]);
  });

  it("that has not what a run kept is told, with how to get it", async () => {
    const project = treeProject({ a: "" });
    const first = await runIn(project, sequence.replace("echo two", "exit 1; echo two"));
    expect(first.status).toBe("failed");
    for (const ref of project.git("for-each-ref", "--format=%(refname)", "refs/tutti").trim().split("\n"))
      project.git("update-ref", "-d", ref);
    project.git(
      "worktree",
      "remove",
      "--force",
      "--force",
      join(project.cwd, ".tutti/worktrees", first.id, "run"),
    );
    project.git("gc", "--quiet", "--prune=now");
    const tutti = await project.open();
    const { view } = await (await tutti.resume(first.id)).done;
    const two = view.nodes.find(({ address }) => address === "two");
    expect(two?.failure).toMatchObject({
      code: "WORKSPACE_LOST",
      fix: expect.stringContaining("git fetch") as string,
    });
  });
});
