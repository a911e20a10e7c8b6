import { spawn, type ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overloaded, rateLimited, text, tool } from "../model-server/replies.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

const bin = fileURLToPath(new URL("../../bin/tutti.js", import.meta.url));

const workflow = `
name: review
workspace: none
chain:
  steps:
    - name: scan
      command: /review:scan
      params: src/a.js deep
      output: {type: object, properties: {issues: {type: array, items: {type: string}}}, required: [issues]}
    - name: fix
      command: /review:fix
      params: "\${ scan.output.issues[0] }"
      gates: [{run: "grep -q 'a = 1;' src/a.js"}]
    - name: report
      command: /review:report
      params: "\${ fix.changed_files }"
`;

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
  await claude.write({
    ".claude/commands/review/scan.md": "---\ndescription: Looks for problems\n---\nScan $0 at depth $1.\n",
    ".claude/commands/review/fix.md": "---\ndescription: Fixes one problem\n---\nFix this: $ARGUMENTS\n",
    ".claude/commands/review/report.md": "---\ndescription: Reports\n---\nReport on $ARGUMENTS\n",
    "src/a.js": "let a = 1\n",
    "review.yaml": workflow,
    "tutti.yaml": `claude_code: {program: ${JSON.stringify(process.env["TUTTI_TEST_CLAUDE"] ?? "claude")}}\n`,
  });
});
afterAll(() => claude.close());

function tutti(...args: string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; lines: Event[] }>;
} {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: claude.cwd,
    env: { ...claude.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<{ code: number | null; lines: Event[] }>((resolve) => {
    child.once("close", (code) => {
      if (code !== 0 && process.env["TUTTI_SHOW"]) process.stderr.write(err);
      resolve({
        code,
        lines: out
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Event),
      });
    });
  });
  return { child, ended };
}

interface Event {
  readonly type: string;
  readonly address?: string;
  readonly end?: string;
  readonly status?: string;
  readonly [key: string]: unknown;
}

const sent = () => JSON.stringify(claude.server.requests.map((request) => request.messages));
const editing = () => {
  const file = join(claude.cwd, "src/a.js");
  return [
    tool("Read", { file_path: file }),
    tool("Edit", { file_path: file, old_string: "let a = 1\n", new_string: "let a = 1;\n" }),
    text("fixed"),
  ];
};

describe("tutti run on the real Claude Code", () => {
  it("runs three namespaced commands with arguments, one of which edits a file, to a verified end", async () => {
    claude.server.play([
      tool("StructuredOutput", { issues: ["missing semicolon"] }),
      ...editing(),
      text("all is well"),
    ]);
    const { code, lines } = await tutti("run", "review.yaml", "--json").ended;
    const ends = lines
      .filter((line) => line.type === "node.ended")
      .map((line) => `${line.address}: ${line.end}`);
    expect(ends).toEqual(["scan: verified", "fix: verified", "report: claimed", ": claimed"]);
    expect(code).toBe(0);
    expect(await readFile(join(claude.cwd, "src/a.js"), "utf8")).toBe("let a = 1;\n");
    expect(sent()).toContain("Scan src/a.js at depth deep.");
    expect(sent()).toContain("Fix this: missing semicolon");
    expect(sent()).toContain('Report on [\\"src/a.js\\"]');
    expect(lines.at(-1)).toMatchObject({
      type: "run.summary",
      status: "completed",
      ledger: { agents: 3, unknownCosts: 0 },
    });
  });

  it("goes on after kill -9 in the middle of a command: nothing finished is asked again, the session continues", async () => {
    await writeFile(join(claude.cwd, "src/a.js"), "let a = 1\n");
    let killed: (() => void) | undefined;
    claude.server.play((_, index) => {
      if (index === 0) return tool("StructuredOutput", { issues: ["missing semicolon"] });
      killed?.();
      return { kind: "silence" };
    });
    const first = tutti("run", "review.yaml", "--json");
    killed = () => first.child.kill("SIGKILL");
    await first.ended;
    claude.server.play([...editing(), text("all is well")]);
    const { code, lines } = await tutti("resume", "@last", "--json").ended;
    expect(code).toBe(0);
    const started = lines.filter((line) => line.type === "attempt.started").map((line) => line.address);
    expect(started).not.toContain("scan");
    const fix = lines.find((line) => line.type === "attempt.ended" && line.address === "fix");
    expect(fix).toMatchObject({ outcome: { ok: true, details: { resumed: true } } });
    expect(sent()).not.toContain("Scan src/a.js");
    expect(await readFile(join(claude.cwd, "src/a.js"), "utf8")).toBe("let a = 1;\n");
  });

  it("parks on a quota refusal and fails no step", async () => {
    await writeFile(join(claude.cwd, "src/a.js"), "let a = 1\n");
    const refusal = rateLimited({ "retry-after": "1" });
    // Claude Code tries again by itself a few times first; only then does it tell.
    const refusals = 3;
    let refused = 0;
    const answers = [tool("StructuredOutput", { issues: ["x"] }), ...editing(), text("all is well")];
    claude.server.play(() => (refused++ < refusals ? refusal : (answers.shift() ?? overloaded())));
    const { code, lines } = await tutti("run", "review.yaml", "--json").ended;
    expect(lines.filter((line) => line.type === "retry.scheduled")[0]).toMatchObject({
      address: "scan",
      because: "quota",
    });
    expect(lines.filter((line) => line.type === "node.ended" && line.end === "failed")).toEqual([]);
    expect(code).toBe(0);
  }, 120_000);
});
