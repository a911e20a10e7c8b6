import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import { compileShellTemplate } from "./shell-template.ts";

const room = mkdtempSync(join(tmpdir(), "tutti-builtins-"));
afterAll(() => rmSync(room, { recursive: true }));
const shells = ["sh", "bash"].filter((name) => !spawnSync(name, ["-c", ":"]).error);

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isTuttiError(error)) return error.code;
    throw error;
  }
}

const name = "a[$(touch made)]";

describe("a builtin that reads names or code", () => {
  it.each([
    "read ${{ v }} <<< x",
    "while read -r ${{ v }}; do :; done",
    '"read" ${{ v }}',
    "$'read' ${{ v }}",
    "\\read ${{ v }}",
    "IFS=, read ${{ v }}",
    "command -p read ${{ v }}",
    "! builtin read ${{ v }}",
    "2>/dev/null read 2>&1 ${{ v }}",
    "{x}>f read &>f ${{ v }}",
    "read x < <(echo y) ${{ v }}",
    "x=$(read ${{ v }})",
    'echo "$(read ${{ v }})"',
    "f() { read ${{ v }}; }",
    "function f { read ${{ v }}; }",
    "(read ${{ v }})",
    "case x in (x) read ${{ v }};; esac",
    "if true; then read \\\n ${{ v }}; fi",
    "printf -v ${{ v }} x",
    'printf "-v${{ v }}" x',
    "printf ${{ v }} x",
    "printf -v out ${{ v }}",
    "test -v ${{ v }}",
    "[ -v ${{ v }} ]",
    "[ ! -R ${{ v }} ]",
    "[ ${{ op }} ${{ v }} ]",
    "let ${{ v }}",
    'let "x = ${{ v }}"',
    "declare ${{ v }}=1",
    "declare -i n=${{ v }}",
    "declare -n n=${{ v }}",
    "declare -a n=${{ v }}",
    "declare -a n; declare n=${{ v }}",
    "n=(1); local n=${{ v }}",
    "typeset RANDOM=${{ v }}",
    "export ${{ v }}",
    "readonly -x ${{ v }}",
    "unset ${{ v }}",
    "wait -p ${{ v }} 1",
    "trap ${{ v }} EXIT",
    "mapfile ${{ v }}",
    "readarray -C ${{ v }} x",
    "getopts ab ${{ v }}",
    "coproc ${{ v }} { :; }",
    "compgen -W ${{ v }}",
    "alias x=${{ v }}",
  ])("takes no value: %j", (source) => {
    expect(codeOf(() => compileShellTemplate(source))).toBe("SHELL_TEMPLATE");
  });

  it.each([
    "n=(); declare -i n; n=${{ v }}",
    "declare -g \\\n -i n\nn+=${{ v }}",
    "declare -i n; for n in ${{ v }}; do :; done",
    "declare -n r; r=(${{ v }})",
    "RANDOM=${{ v }}",
    "x=([${{ v }}]=1)",
  ])("or one that is a whole number: %j", (source) => {
    const template = compileShellTemplate(source);
    expect(codeOf(() => template.render(() => name))).toBe("EXPRESSION_FAILED");
    expect(template.render(() => 5).values).toEqual({ TUTTI_V1: "5" });
  });

  it("is named with a way out", () => {
    expect(() => compileShellTemplate("read ${{ v }}")).toThrow(
      'Cannot fill in "${{ v }}": a value cannot stand among these words of "read", which reads them as names or code',
    );
  });
});

describe.each(shells)("with %s, a value", (shell) => {
  it.each([
    ["echo read ${{ v }}", "read "],
    ["printf '%s' ${{ v }}", ""],
    ["printf -- ${{ v }}", ""],
    ["printf 'x%s' ${{ v }}; x=${{ v }}", "x"],
    ['export X=${{ v }} Y=1; echo "$X"', ""],
    ['readonly X="${{ v }}"; echo "$X"', ""],
    ['f() { local x=${{ v }}; echo "$x"; }; f', ""],
    ['read -r x <<EOF\n${{ v }}\nEOF\necho "$x"', ""],
    ["[ -n ${{ v }} ] && test ${{ v }} = ${{ v }} && echo ${{ v }}", ""],
    ["command -v ${{ v }}; echo ${{ v }}", ""],
    ["wait; echo ${{ v }} 2>&1 | cat", ""],
    ['for x in ${{ v }}; do echo "$x"; done', ""],
  ])("stays a value in %j", (source, before) => {
    const { line, values } = compileShellTemplate(source).render(() => name);
    const env = { PATH: process.env["PATH"] ?? "", ...values };
    const ran = spawnSync(shell, ["-c", line], { cwd: room, env, encoding: "utf8" });
    expect(ran.stdout.trim()).toBe(before + name);
    expect(readdirSync(room)).toEqual([]);
  });
});

describe.runIf(shells.includes("bash"))("with bash, a value", () => {
  it.each([
    'read -r x <<< ${{ v }}; echo "$x"',
    'read -r x < <(echo ${{ v }}); echo "$x"',
    "printf -v out '%s' ${{ v }}; echo \"$out\"",
    'x=(read ${{ v }}); echo "${x[1]}"',
    'declare -a x=(${{ v }}); echo "${x[0]}"',
    'declare -x x=${{ v }}; echo "$x"',
    'declare -i n; { read -r y; echo "$y"; } <<EOF\nx=${{ v }}\nEOF',
  ])("stays a value in %j", (source) => {
    const { line, values } = compileShellTemplate(source).render(() => name);
    const env = { PATH: process.env["PATH"] ?? "", ...values };
    const ran = spawnSync("bash", ["-c", line], { cwd: room, env, encoding: "utf8" });
    expect(ran.stdout.trim().replace(/^x=/, "")).toBe(name);
    expect(readdirSync(room)).toEqual([]);
  });
});
