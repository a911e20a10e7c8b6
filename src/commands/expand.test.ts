import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ShellText } from "../core/gate-check.ts";
import type { Problem } from "../errors.ts";
import type { CommandDoc, ExpandOptions } from "../ports/command-catalog.ts";
import { expandCommand } from "./expand.ts";
import { parseCommand } from "./parse.ts";

let root: string;
let cwd: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tutti-expand-"));
  cwd = join(root, "repo/app");
  await put("repo/.git/HEAD", "");
  await put("repo/app/src/a.ts", "const a = 1;\nconst b = 2;\nconst c = 3;\n");
  await put("repo/top.md", "has ``` inside\n");
  await put("repo/app/binary.bin", "a\0b");
  await put("repo/app/large.txt", "x".repeat(300 * 1024));
  await put("outside/secret.txt", "the secret");
  await symlink(join(root, "outside"), join(cwd, "way-out"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

function command(body: string, more: Partial<CommandDoc> & { readonly front?: string } = {}): CommandDoc {
  const { front = "description: x", ...rest } = more;
  const identity = {
    name: "fix",
    kind: "command",
    class: "core",
    file: "/p/commands/fix.md",
    origin: "path",
  } as const;
  return { ...parseCommand(`---\n${front}\n---\n${body}`, identity), ...rest };
}

/** A real shell: what it prints proves that values stay values. */
async function run(shell: ShellText): Promise<string> {
  return execFileSync("sh", ["-c", shell.line], {
    env: { PATH: "/usr/bin:/bin", ...shell.values },
    encoding: "utf8",
  });
}

async function expand(doc: CommandDoc, args = "", more: Partial<ExpandOptions> = {}): Promise<string> {
  return expandCommand(doc, args, { cwd, ...more });
}

describe("arguments in a command", () => {
  it.each([
    ["Do $ARGUMENTS now", "a 'b c'", "Do a 'b c' now"],
    ["$0 then $1 then $2", "a 'b c'", "a then b c then $2"],
    ["$ARGUMENTS[1] and $ARGUMENTS[5]", "a b", "b and $ARGUMENTS[5]"],
    ["costs \\$1 for $0", "x", "costs $1 for x"],
    ["nothing", "a b", "nothing\n\nARGUMENTS: a b"],
    ["nothing", "  ", "nothing"],
    ["only \\$0", "a", "only $0\n\nARGUMENTS: a"],
    ["Do [$ARGUMENTS]", "", "Do []"],
    ["missing $3", "a", "missing $3"],
  ])("%j with %j gives %j", async (body, args, text) => {
    expect(await expand(command(body), args)).toBe(text);
  });

  it("are filled in by name", async () => {
    const doc = command("Fix $issue on ${branch} $branch", { front: "arguments: [issue, branch]" });
    expect(await expand(doc, "7 'my branch'")).toBe("Fix 7 on ${branch} my branch");
    await expect(expand(doc, "7")).rejects.toMatchObject({ code: "ARGUMENTS_INVALID" });
  });

  it("never become placeholders, shell lines or files themselves", async () => {
    const asked: ShellText[] = [];
    const evil = "$0 $ARGUMENTS !`touch evil` @src/a.ts ${CLAUDE_PROJECT_DIR}";
    const doc = command("Say $ARGUMENTS", { allowedTools: ["Bash"] });
    const text = await expand(doc, evil, {
      run: async (shell) => {
        asked.push(shell);
        return "";
      },
    });
    expect(text).toBe(`Say ${evil}`);
    expect(asked).toEqual([]);
  });

  it("stand in the text exactly as they were given, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (args) => {
        expect(await expand(command("<$ARGUMENTS>"), args)).toBe(`<${args}>`);
      }),
      { numRuns: 60 },
    );
  });
});

describe("folders in a command", () => {
  it("are filled in where Claude Code knows them", async () => {
    const project = join(root, "repo");
    expect(await expand(command("${CLAUDE_PROJECT_DIR} ${CLAUDE_SESSION_ID}"))).toBe(
      `${project} \${CLAUDE_SESSION_ID}`,
    );
    const plugin = command("${CLAUDE_PLUGIN_ROOT}/x", { origin: "plugin", file: "/plug/commands/a/b.md" });
    expect(await expand(plugin)).toBe("/plug/x");
    const skill = command("Look in ${CLAUDE_SKILL_DIR}", { kind: "skill", file: "/s/skills/pdf/SKILL.md" });
    expect(await expand(skill)).toBe("Base directory for this skill: /s/skills/pdf\n\nLook in /s/skills/pdf");
  });
});

describe("a shell line in a command", () => {
  it("is refused without a runner, or without permission, before anything ran", async () => {
    await expect(expand(command("State: !`git status`"))).rejects.toMatchObject({ code: "UNSUPPORTED" });
    let ran = 0;
    const count = async () => {
      ran += 1;
      return "";
    };
    const doc = command("!`git status` !`rm -rf x`", { allowedTools: ["Bash(git status:*)"] });
    await expect(expand(doc, "", { run: count })).rejects.toThrow("rm -rf x");
    await expect(expand(command("!`ls`"), "", { run: count })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(ran).toBe(0);
  });

  it("stands for its output, in a line and as a block", async () => {
    const doc = command("A: !`echo one`\n```!\necho two\necho three\n```\nB", { allowedTools: ["Bash"] });
    expect(await expand(doc, "", { run })).toBe("A: one\ntwo\nthree\nB");
  });

  it("may fill a block that only its own mark closes", async () => {
    const doc = command("````!\necho '```'\n````\n```!\n```\n```!\necho never", { allowedTools: ["Bash"] });
    expect(await expand(doc, "", { run })).toBe("```\n\n```!\necho never");
  });

  it("is none inside a word", async () => {
    expect(await expand(command("wow!`ls` and `!ls`"))).toBe("wow!`ls` and `!ls`");
  });

  it("reads its arguments from the environment", async () => {
    const doc = command('!`printf \'%s|\' "$ARGUMENTS" $0 "$name" \'$1\' \\$0 "$9"`', {
      front: "arguments: [name, other]\nallowed-tools: Bash",
    });
    expect(await expand(doc, "a 'b c'", { run })).toBe("a 'b c'|a|a|b c|$0||");
  });

  it.each([
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "' ; touch pwned ; '",
    '" ; touch pwned ; "',
    "a\ntouch pwned",
    "&& touch pwned",
  ])("is not changed by the argument %j", async (value) => {
    for (const quote of ['"', "'", ""]) {
      const doc = command(`!\`printf %s ${quote}$ARGUMENTS${quote}\``, { allowedTools: ["Bash"] });
      const lines: ShellText[] = [];
      const text = await expand(doc, value, {
        run: (shell) => {
          lines.push(shell);
          return run(shell);
        },
      });
      expect(lines[0]?.line).not.toContain("pwned");
      expect(text.replaceAll(/\s/g, "")).toBe(value.replaceAll(/\s/g, ""));
    }
  });

  it("stops the whole call when it fails", async () => {
    const doc = command("!`false`", { allowedTools: ["Bash"] });
    await expect(expand(doc, "", { run })).rejects.toThrow("false");
  });

  it("is left to Claude Code, unless an argument would become part of it there", async () => {
    const reached = command("State !`git log $0` of $0", { allowedTools: ["Bash"] });
    expect(await expand(reached, "main", { native: true })).toBe("State !`git log main` of main");
    for (const evil of ["x;rm", "$(rm)", "a\nrm", "`rm`", "x'y"])
      await expect(expand(reached, evil, { native: true })).rejects.toMatchObject({
        code: "ARGUMENTS_INVALID",
      });
    const plain = command("About $ARGUMENTS");
    expect(await expand(plain, "a; b $(c)", { native: true })).toBe("About a; b $(c)");
    await expect(expand(plain, "x !`rm`", { native: true })).rejects.toMatchObject({
      code: "ARGUMENTS_INVALID",
    });
  });

  it("is not run for a call that was given up", async () => {
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(expand(command("x"), "", { signal })).rejects.toThrow("stop");
  });
});

describe("a file in a command", () => {
  async function attached(
    body: string,
    args = "",
  ): Promise<{ readonly text: string; readonly told: string[] }> {
    const told: Problem[] = [];
    const text = await expand(command(body), args, { warn: (problem) => told.push(problem) });
    return { text, told: told.map((problem) => problem.message) };
  }

  it("is attached once, below the text", async () => {
    const { text, told } = await attached("Read @src/a.ts, then (@src/a.ts) and @../top.md.");
    expect(text).toBe(
      "Read @src/a.ts, then (@src/a.ts) and @../top.md.\n\nContents of app/src/a.ts (attached file):\n```\nconst a = 1;\nconst b = 2;\nconst c = 3;\n```\n\nContents of top.md (attached file):\n````\nhas ``` inside\n````",
    );
    expect(told).toEqual([]);
  });

  it("may be named by an argument of the template, be a part of a file, or a folder", async () => {
    expect((await attached("See @$0", "src/a.ts")).text).toContain("const a = 1;");
    expect((await attached("See @src/a.ts#L2")).text).toContain("```\nconst b = 2;\n```");
    expect((await attached("See @src/a.ts#L2-L3")).text).toContain("```\nconst b = 2;\nconst c = 3;\n```");
    expect((await attached("See @src/")).text).toContain(
      "Contents of app/src (attached file):\n```\na.ts\n```",
    );
  });

  it.each([
    ["@../../outside/secret.txt", "outside the project"],
    ["@way-out/secret.txt", "outside the project"],
    ["@/etc/passwd", "outside the project"],
    ["@~/x.md", "outside the project"],
    ["@src/none.ts", "does not exist"],
    ["@binary.bin", "not text"],
    ["@large.txt", "larger than"],
  ])("is not attached, and that is told: %s", async (reference, why) => {
    const { text, told } = await attached(`See ${reference}`);
    expect(text).toBe(`See ${reference}`);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(why);
  });

  it("cannot be chosen outside the project by an argument", async () => {
    const { text, told } = await attached("See @$0", "../../outside/secret.txt");
    expect(text).not.toContain("the secret");
    expect(told).toHaveLength(1);
  });

  it("is not a mention, an address, or code", async () => {
    const body = "Ask @someone at a@b.com, use `@src/a.ts` and @scope/pkg\n```ts\n@src/a.ts\n```";
    expect(await attached(body)).toEqual({ text: body, told: [] });
  });

  it("is attached by Claude Code itself where that runs the command", async () => {
    expect(await expand(command("See @src/a.ts"), "", { native: true })).toBe("See @src/a.ts");
  });

  it("is sought in no time in a text made to be slow", async () => {
    for (const part of ["```!\n", "````\n```\n", "@", " !`\n", "$ARGUMENTS[", "${CLAUDE_", "~~~x\n", "(@a.b"])
      expect((await expand(command(part.repeat(100_000)))).length).toBeGreaterThanOrEqual(100_000);
  });

  it("is left out when all together grow too large", async () => {
    for (const name of ["1", "2", "3", "4", "5"])
      await put(`repo/app/big${name}.txt`, "y".repeat(250 * 1024));
    const { text, told } = await attached("@big1.txt @big2.txt @big3.txt @big4.txt @big5.txt");
    expect(text.match(/attached file/g)).toHaveLength(4);
    expect(told[0]).toContain("at most");
  });
});
