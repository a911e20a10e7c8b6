import { chmodSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Project } from "./tutti.ts";

const files = {
  "flow.yaml": `
agent: mock
memory: {name: notes, max: 4k}
chain:
  - {name: fix, prompt: fix it, gates: [{check: "true"}]}
  - {name: guess, prompt: guess, depends_on: fix}
`,
  "mock.yaml": `rules:
  - {step: fix, output: {answer: fixed, learned: ["The port is 5433.", "Ask Ann first."]}}
  - {step: guess, prompt: "> - Ask Ann first", output: {answer: hm, learned: ["nobody knows"]}}
otherwise: fail
`,
};
const run = ["run", "flow.yaml", "--mock", "mock.yaml"];

it("what a verified step learned is told to later ones, shown, listed and cleared", async () => {
  const project = new Project(files);
  const plan = await project.call(["plan", "flow.yaml"]);
  expect(plan.stdout).toContain(
    "  notes: told to fix, guess; what is learned is added once verified: fix, guess",
  );
  const first = await project.call(run);
  expect(first.status, first.stderr).toBe(0);
  expect(first.stderr).toContain("fix: kept in memory notes: 2 new notes");
  const fix = await project.call(["show", "@last", "fix"]);
  expect(fix.stdout).toContain("  told from memory notes: nothing was there\n  learned: The port is 5433.");
  const guess = await project.call(["show", "@last", "guess"]);
  expect(guess.stdout).toMatch(
    / {2}told from memory notes: 2 notes, \d+ bytes\n {2}learned: nobody knows\n {2}not kept in memory: the step is not verified\n/,
  );
  expect((await project.call(["memory"])).stdout).toMatch(/^NAME.*\nnotes +2 /);
  expect((await project.json(["memory"])).values).toMatchObject([
    { memories: [{ name: "notes", notes: 2 }] },
  ]);
  const shown = await project.call(["memory", "show", "notes"]);
  expect(shown.stdout).toMatch(/^# notes\n\n- The port is 5433\. \(.*\n- Ask Ann first\. \(.*\n$/);
  expect(shown.stdout).toBe((await project.call(["memory", "show", "notes"])).stdout);
  expect((await project.call(["memory", "clear", "notes"])).stdout).toBe("cleared notes\n");
  expect(await project.call(["memory", "show", "notes"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Cannot show the memory "notes": there is none'),
  });
});

it("what could not be kept is added when it can be", async () => {
  const project = new Project({ ...files, ".tutti/memory/notes.md": "Ann knows.\n" });
  const file = project.path(".tutti/memory/notes.md");
  chmodSync(file, 0o444);
  const mock = files["mock.yaml"].replace("> - Ask Ann first", "> Ann knows");
  project.write({ "mock.yaml": mock });
  const { status, stderr } = await project.call(run);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('MEMORY_FAILED: Cannot add to the memory "notes": its file is read-only');
  expect(readFileSync(file, "utf8")).toBe("Ann knows.\n");
  chmodSync(file, 0o644);
  expect((await project.call(["memory", "add", "@last"])).stdout).toBe("notes: 2 new notes\n");
  expect((await project.call(["memory", "add", "@last"])).stdout).toBe(
    "notes: 0 new notes, 2 known before\n",
  );
  expect(readFileSync(file, "utf8")).toMatch(/^Ann knows\.\n- The port is 5433\./);
});

it("a name that is missing, or too much, is told", async () => {
  const project = new Project();
  for (const args of [["show"], ["clear"], ["add"], ["list", "notes"], ["edit"]]) {
    const { status, stderr } = await project.call(["memory", ...args]);
    expect([status, stderr.split("\n").length > 1], stderr).toEqual([2, true]);
  }
  expect((await project.call(["memory"])).stderr).toContain("no memory yet");
});
