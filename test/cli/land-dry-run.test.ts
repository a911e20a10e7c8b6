import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = `
name: flow
workspace: run
chain:
  - {name: one, run: "echo run > notes; echo run > more"}
  - {name: two, run: "exit 1", retry: 0}
`;

/** A run that has changed two files and failed then, or has ended well. */
async function ran(change: { readonly completes: boolean }) {
  const project = new Project({
    "flow.yaml": change.completes ? flow.replace("exit 1", "true") : flow,
    ".gitignore": ".tutti/\n",
    notes: "first\n",
  });
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: project.dir, encoding: "utf8" }).trim();
  rmSync(project.path(".git"), { recursive: true, force: true });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "U");
  git("config", "user.email", "u@example.org");
  git("add", "-A");
  git("commit", "-qm", "first");
  await project.call(["run", "flow.yaml"]);
  const land = (...flags: readonly string[]) => project.call(["land", "@last", ...flags]);
  return { project, git, land };
}

const files = ": 2 files\n  more\n  notes\n";
const refused = "as it is now, this would be refused, and nothing would land\n";

describe("tutti land --dry-run", () => {
  it("shows what would land, and is refused like the landing, in the same words, while files are in the way", async () => {
    const { project, land } = await ran({ completes: true });
    const before = await land("--dry-run");
    expect(before).toMatchObject({ status: 0, stderr: "" });
    expect(before.stdout).toContain(files);
    project.write({ notes: "mine\n" });
    const dry = await land("--dry-run");
    expect(dry.stdout).toContain(files);
    expect(dry.stdout).toContain(`in the way, because they are not committed: notes\n${refused}`);
    const { status, stderr } = await land();
    expect(stderr).toContain("WORKSPACE_UNFIT");
    expect(dry).toMatchObject({ status, stderr });
  });

  it("is so in a conflict, too, and shows the files there as well; not where it says who is right", async () => {
    const { project, git, land } = await ran({ completes: true });
    project.write({ notes: "mine\n" });
    git("commit", "-qam", "mine");
    const dry = await land("--dry-run");
    expect(dry.stdout).toContain(files);
    expect(dry.stdout).toContain(`changed on both sides: notes\n${refused}`);
    const { status, stderr } = await land();
    expect(stderr).toMatch(/LANDING_CONFLICT: .*\nfix: .*--ours .*--theirs .* --to landed\//);
    expect(dry).toMatchObject({ status: 2, stderr });
    expect(status).toBe(2);
    const { values } = await project.json(["land", "@last", "--dry-run"]);
    expect(values).toMatchObject([
      { dryRun: true, files: ["more", "notes"], conflicts: ["notes"] },
      { error: { code: "LANDING_CONFLICT" } },
    ]);
    expect((await land("--dry-run", "--theirs")).status).toBe(0);
  });

  it("is so while a merge has left files in conflict that the run has not touched", async () => {
    const { project, land } = await ran({ completes: true });
    const ids = ["a", "b"].map((text) =>
      execFileSync("git", ["hash-object", "-w", "--stdin"], {
        cwd: project.dir,
        input: text,
        encoding: "utf8",
      }).trim(),
    );
    execFileSync("git", ["update-index", "--index-info"], {
      cwd: project.dir,
      input: ids.map((id, at) => `100644 ${id} ${at + 2}\tother\n`).join(""),
    });
    const dry = await land("--dry-run");
    expect(dry.stdout).toContain(files);
    expect(dry.stdout).toContain(`left in conflict by a merge: other\n${refused}`);
    const { status, stderr } = await land();
    expect(stderr).toMatch(/WORKSPACE_UNFIT: .* files are in conflict where it is checked out: other\n/);
    expect(dry).toMatchObject({ status, stderr });
  });

  it("needs the same yes for a run that is not completed", async () => {
    const { land } = await ran({ completes: false });
    const dry = await land("--dry-run");
    expect(dry.stdout).toContain(files);
    expect(dry.stdout).toContain(refused);
    expect(dry.stderr).toMatch(
      /USAGE: .* not completed, without a yes.*\nfix: give --yes: only what ended well/,
    );
    expect([dry.status, (await land()).status]).toEqual([2, 2]);
    expect(await land("--dry-run", "--yes")).toMatchObject({ status: 0, stderr: "" });
  });

  it("is refused while git does not know who commits", async () => {
    const { git, land } = await ran({ completes: true });
    git("config", "--unset", "user.name");
    git("config", "--unset", "user.email");
    git("config", "user.useConfigOnly", "true");
    const dry = await land("--dry-run");
    expect(dry.stderr).toContain("in whose name to commit");
    expect(dry.status).toBe(2);
  });
});
