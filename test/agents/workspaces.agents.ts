import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text, tool, type Reply } from "../model-server/replies.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

const bin = fileURLToPath(new URL("../../bin/tutti.js", import.meta.url));

const workflow = `
name: mend
chain:
  steps:
    - name: fix
      command: /fix
      params: src/a.js
      writes: ["src/**"]
      gates: [{run: "grep -q 'a = 1;' src/a.js"}]
    - name: note
      agent: claude-code
      prompt: "Write what was done to NOTES.md"
      writes: [NOTES.md]
`;

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    ".claude/commands/fix.md": "---\ndescription: Fixes one file\n---\nFix this: $ARGUMENTS\n",
    "src/a.js": "let a = 1\n",
    "src/b.js": "let b = 1\n",
    "mend.yaml": workflow,
    "tutti.yaml": `claude_code: {program: ${JSON.stringify(process.env["TUTTI_TEST_CLAUDE"] ?? "claude")}}\n`,
  });
  git("add", "-A");
  git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "first");
  git("config", "user.name", "A");
  git("config", "user.email", "a@b");
  // what the user is in the middle of
  await claude.write({ "src/b.js": "let b = 2\n", "todo.txt": "buy milk\n" });
});
afterAll(() => claude.close());

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: claude.cwd, encoding: "utf8" });
}

interface Ended {
  readonly code: number | null;
  readonly lines: readonly {
    readonly type: string;
    readonly address?: string;
    readonly [key: string]: unknown;
  }[];
  readonly err: string;
}

function tutti(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: claude.cwd,
    env: { ...claude.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      const lines = out
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Ended["lines"][number]);
      resolve({ code, lines, err });
    });
  });
}

/** Where Claude Code says it works. */
function dirIn(request: unknown): string {
  const said = /working directory: ([^\\\n"]+)/i.exec(JSON.stringify(request));
  return said?.[1] ?? "(it does not say)";
}

/** What a model does that edits the file and then notes it, where Claude Code works. */
function mending(): (request: unknown, index: number) => Reply {
  const turns = [
    (dir: string) => tool("Read", { file_path: join(dir, "src/a.js") }),
    (dir: string) =>
      tool("Edit", {
        file_path: join(dir, "src/a.js"),
        old_string: "let a = 1\n",
        new_string: "let a = 1;\n",
      }),
    () => text("fixed"),
    (dir: string) => tool("Write", { file_path: join(dir, "NOTES.md"), content: "a semicolon\n" }),
    () => text("noted"),
  ];
  return (request) => turns.shift()?.(dirIn(request)) ?? text("there is nothing left to do");
}

/** The user's checkout, whole. */
function checkout(): string {
  const files = ["src/a.js", "src/b.js", "todo.txt"].map((file) =>
    readFileSync(join(claude.cwd, file), "utf8"),
  );
  return [...files, git("status", "--porcelain"), git("rev-parse", "HEAD"), git("stash", "list")].join("|");
}

const started = ({ lines }: Ended) =>
  lines.filter(({ type }) => type === "attempt.started").map(({ address }) => address);

describe("the real Claude Code in a working tree of its run", () => {
  it("edits there, is rolled back, does it again, and lands on a branch; the user's checkout shows nothing until then", async () => {
    const before = checkout();
    claude.server.play(mending());
    const first = await tutti("run", "mend.yaml", "--json");
    expect(first.code, first.err).toBe(0);
    expect(checkout()).toBe(before);
    const asked = claude.server.requests.map(dirIn);
    expect(new Set(asked).size).toBe(1);
    expect(asked[0]).toContain(join(".tutti", "worktrees"));
    const fix = first.lines.find(({ type, address }) => type === "attempt.ended" && address === "fix");
    expect(fix).toMatchObject({ outcome: { ok: true, changedFiles: ["src/a.js"] } });

    const back = await tutti("rollback", "@last", "--step", "note", "--yes");
    expect(back.code, back.err).toBe(0);
    expect(checkout()).toBe(before);

    claude.server.play((request) =>
      JSON.stringify(request).includes("noted again")
        ? text("noted")
        : tool("Write", { file_path: join(dirIn(request), "NOTES.md"), content: "noted again\n" }),
    );
    const again = await tutti("resume", "@last", "--json");
    expect(again.code, again.err).toBe(0);
    expect(started(again)).toEqual(["note"]);
    expect(checkout()).toBe(before);

    const landed = await tutti("land", "@last", "--to", "mended", "--yes");
    expect(landed.code, landed.err).toBe(0);
    expect(git("diff", "--name-only", "HEAD", "mended").trim().split("\n")).toEqual(["NOTES.md", "src/a.js"]);
    expect(git("show", "mended:src/a.js")).toBe("let a = 1;\n");
    expect(git("show", "mended:NOTES.md")).toBe("noted again\n");
    expect(checkout()).toBe(before);
    expect(git("fsck", "--strict")).not.toContain("error");
  }, 120_000);
});
