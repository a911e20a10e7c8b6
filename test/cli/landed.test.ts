import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const flow = `name: flow
workspace: run
chain:
  - {name: one, run: "echo 1 > one"}
  - {name: two, run: "echo 2 > two; echo 2 > three; test -e go || exit 1", retry: 0}
`;

function project() {
  const made = new Project({ "flow.yaml": flow, ".gitignore": ".tutti/\n" });
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: made.dir, encoding: "utf8" }).trim();
  git("init", "-q", "-b", "main");
  git("config", "user.name", "U");
  git("config", "user.email", "u@example.org");
  git("add", "-A");
  git("commit", "-qm", "first");
  return { made, git };
}

it("a run says where it has landed, as what, and what of it has not yet, with the command for that", async () => {
  const { made, git } = project();
  const { stdout } = await made.call(["run", "flow.yaml"]);
  const [, id = ""] = /run (\w+) ·/.exec(stdout) ?? [];
  const shown = async () => (await made.call(["show", id])).stdout;
  expect(await shown()).toContain(`  1 file has not landed: tutti land ${id}\n`);
  await made.call(["land", id, "--to", "work", "--yes"]);
  const commit = git("rev-parse", "work");
  expect(await shown()).toMatch(
    new RegExp(`^  landed \\d{4}-\\d\\d-\\d\\d [\\d:]{8} on work as ${commit.slice(0, 10)}: one$`, "m"),
  );
  expect(await shown()).not.toContain("not landed");
  made.write({ "flow.yaml": flow.replace("test -e go || exit 1", "true") });
  expect((await made.call(["resume", id, "--update"])).stdout).toContain("changed 2 files");
  expect(await shown()).toContain(`: one\n  2 files have not landed yet: tutti land ${id} --to work\n`);
  const { values } = await made.json(["show", id]);
  expect(values).toMatchObject([
    {
      landed: [{ branch: "work", commit, now: "there", commits: [{ commit, steps: ["one"] }] }],
      filesToLand: 2,
    },
  ]);
  await made.call(["land", id, "--to", "work"]);
  expect(await shown()).toMatch(/ on work as 2 commits up to \w{10}: one, two\n/);
  expect((await made.call(["runs"])).stdout).toMatch(/flow · landed on work\n/);
  expect((await made.json(["runs"])).values).toMatchObject([{ runs: [{ landedOn: ["work"] }] }]);
  git("branch", "--force", "work", "main");
  expect(await shown()).toMatch(
    / on work as \w{10}, which is not part of that branch any more\n  3 files have/,
  );
  git("branch", "-D", "work");
  expect(await shown()).toMatch(/: one, two · there is no such branch any more\n(?!.*not landed)/);
});
