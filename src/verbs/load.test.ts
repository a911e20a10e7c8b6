import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { mayWrite } from "../language/may-write.ts";
import { temporaryFolder } from "../testing/testbed.ts";

async function loading(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  return async (path: string) => (await tutti.load({ kind: "file", path, cwd })).workflow;
}

it("a command may write when its own tools can, also in a called workflow", async () => {
  const load = await loading({
    ".claude/commands/look.md": "---\nallowed-tools: Read, Bash(git diff:*)\n---\nLook.",
    ".claude/commands/fix.md": "---\nallowed-tools: Read, Edit\n---\nFix.",
    ".claude/commands/any.md": "Do.",
    "other.yaml": "chain: [{command: /look}]",
    "top.yaml":
      "chain: [{command: /look}, {command: /fix}, {command: /any}, {workflow: ./other.yaml}, {command: /look, writes: a}]",
  });
  const { chain } = await load("top.yaml");
  expect(chain.steps.map(mayWrite)).toEqual([false, true, true, false, true]);
});

it("a project says where steps work, for workflows that do not, and once for a run and all that it calls", async () => {
  const load = await loading({
    "tutti.yaml": "workspace: {mode: run, ports: 2, env: {A: a, B: b}, merge: {by: merge}, dir: ../trees}",
    "other.yaml": "workspace: shared\nchain: [{run: x}]",
    "silent.yaml": "chain: [{run: x}]",
    "top.yaml": "workspace: {copy: .env, env: {B: c}}\nchain: [{workflow: ./silent.yaml}]",
    "shared.yaml": "chain: [{workflow: ./other.yaml}, {workflow: ./silent.yaml, mode: child}]",
  });
  expect(await load("top.yaml")).toMatchObject({
    workspace: "run",
    trees: { copy: [".env"], ports: 2, env: { A: "a", B: "c" } },
    merge: { by: "merge" },
  });
  expect(await load("shared.yaml")).toMatchObject({ workspace: "shared", trees: { ports: 2 } });
});
