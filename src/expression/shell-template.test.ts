import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { isTuttiError, type TuttiError } from "../errors.ts";
import { compileShellTemplate } from "./shell-template.ts";

/** An empty directory in which every line runs: whatever a value would do there leaves a trace. */
const room = mkdtempSync(join(tmpdir(), "tutti-shell-"));
afterAll(() => rmSync(room, { recursive: true }));

const shells = ["sh", "bash"].filter((name) => !spawnSync(name, ["-c", ":"]).error);

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function run(shell: string, source: string, value: (root: string) => unknown): Ran {
  const { line, values } = compileShellTemplate(source).render(value);
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8", ...values };
  const { stdout, stderr, status } = spawnSync(shell, ["-c", line], {
    cwd: room,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { stdout, stderr, status };
}

function errorOf(action: () => unknown): TuttiError {
  try {
    action();
  } catch (error) {
    if (isTuttiError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const values: Readonly<Record<string, unknown>> = {
  v: 'it\'s "x" $(touch made) `touch made`; touch made & * ~ \\ \n -e ${y} $y #!%\t√😀\n\n',
  n: 5,
  o: { a: [1, null, "√"] },
  t: true,
  nothing: null,
  code: "a[$(touch made)]",
};
const scope = (root: string): unknown => values[root];
const hostile = String(values["v"]);

/** `printf` that ends every argument with a bell, so that words can be counted. */
const print = "printf '%s\\a'";

describe("a shell line", () => {
  it.each([
    ["echo ${{ v }}", 'echo "${TUTTI_V1}"'],
    ['echo "${{ v }}"', 'echo "${TUTTI_V1}"'],
    ["echo '${{ v }}'", "echo ''\"${TUTTI_V1}\"''"],
    ["echo a${{ v }}b", 'echo a"${TUTTI_V1}"b'],
    ["cat <<EOF\n${{ v }}\nEOF", "cat <<EOF\n${TUTTI_V1}\nEOF"],
    ['echo "$(echo ${{ v }} "${{v}}")" ${{ n }}', 'echo "$(echo "${TUTTI_V1}" "${TUTTI_V1}")" "${TUTTI_V2}"'],
    ['cat <<<${{ v }} <<< "${{ v }}"', 'cat <<<"${TUTTI_V1}" <<< "${TUTTI_V1}"'],
    ["echo $((${{ n }} + 1))", "echo $((${TUTTI_V1} + 1))"],
    ["# ${{ v }} it's\necho ${{ v }}", '# ${{ v }} it\'s\necho "${TUTTI_V1}"'],
    ["echo '${{ o['a'] }}' \"${{ o[\"a\"] }}\"", "echo ''\"${TUTTI_V1}\"'' \"${TUTTI_V2}\""],
    ["x=${{ v }} [ ${{ v }} = x ]", 'x="${TUTTI_V1}" [ "${TUTTI_V1}" = x ]'],
  ])("refers to the environment in %j", (source, line) => {
    expect(compileShellTemplate(source).render(scope).line).toBe(line);
  });

  it.each([
    "",
    "npm test",
    "echo $x ${x} ${x:-y} ${x:-b.c} ${#x} ${x%.*} $(date) $((1 + 2)) $$ $1 $@",
    "echo \"${x:-'a'}\" `date` $'a\\'b' $[1] \"$(case a in a) echo;; esac)\" ((1<<2))",
    "cat <<'EOF'\n${a.b}\nEOF",
    "# ${a.b}",
    "echo 'unclosed",
  ])("is left alone without ${{ }}: %j", (source) => {
    expect(compileShellTemplate(source).render(scope)).toEqual({ line: source, values: {} });
    expect(compileShellTemplate(source).references).toEqual([]);
  });

  it("has values that are texts: strings as they are, everything else as JSON", () => {
    const template = compileShellTemplate(
      "echo ${{ v }} ${{ n }} ${{ o }} ${{ t }} ${{ nothing }} ${{ n == 'x' }}",
    );
    expect(template.render(scope).values).toEqual({
      TUTTI_V1: hostile,
      TUTTI_V2: "5",
      TUTTI_V3: '{"a":[1,null,"√"]}',
      TUTTI_V4: "true",
      TUTTI_V5: "null",
      TUTTI_V6: "false",
    });
    expect(template.references.map(({ root, start }) => `${root} ${start}`)).toEqual([
      "v 9",
      "n 18",
      "o 27",
      "t 36",
      "nothing 45",
      "n 60",
    ]);
    expect(template.comparisons).toHaveLength(1);
  });
});

describe.each(shells)("with %s, a program", (shell) => {
  it.each<[string, string]>([
    [`${print} \${{ v }}`, `${hostile}\x07`],
    [`${print} "\${{ v }}"`, `${hostile}\x07`],
    [`${print} '\${{ v }}'`, `${hostile}\x07`],
    [`${print} a\${{ v }}b"c\${{ v }}"'d\${{ v }}'`, `a${hostile}bc${hostile}d${hostile}\x07`],
    [`${print} "it's" '"' \\' \\" \${{ v }}`, `it's\x07"\x07'\x07"\x07${hostile}\x07`],
    [
      `${print} \\\\\${{ v }} "\\\\\${{ v }}" "\\$\${{ n }}" \\$\${{ n }}`,
      `\\${hostile}\x07\\${hostile}\x07$5\x07$5\x07`,
    ],
    [`x=\${{ v }}; ${print} "$x"`, `${hostile}\x07`],
    [`${print} "$(printf '%sx' \${{ v }})"`, `${hostile}x\x07`],
    [`${print} "$(printf '%sx' "\${{ v }}" ')' "\\")" \\))"`, `${hostile}x)x")x)x\x07`],
    [`${print} "$(printf '%s' "$(printf '%sx' '\${{ v }}')")" \${{ n }}`, `${hostile}x\x075\x07`],
    [`( (${print} \${{ v }}) )`, `${hostile}\x07`],
    [
      `cat <<EOF\n"\${{ v }}" it's \\$ \\\\ $(printf "%s" ")" \${{ n }}) \${x:-y}\nEOF\n${print} \${{ n }}`,
      `"${hostile}" it's $ \\ )5 y\n5\x07`,
    ],
    [`cat <<-  EOF; ${print} \${{ n }}\n\t'\${{ v }}\n\tEOF\n${print} \${{ n }}`, `'${hostile}\n5\x075\x07`],
    [`cat <<A - <<B\n'\nA\n"\${{ v }}\nB\n${print} \${{ n }}`, `"${hostile}\n5\x07`],
    [`cat <<EOF\nx\\\nEOF\n\${{ v }}\nEOF\n${print} \${{ n }}`, `xEOF\n${hostile}\n5\x07`],
    [`cat <<'E F' <<"EOF"\n'\nE F\n"\nEOF\n${print} \${{ v }}`, `"\n${hostile}\x07`],
    [`cat <<\\EOF\n'\nEOF\n${print} \${{ v }}`, `'\n${hostile}\x07`],
    [`${print} "$(cat <<EOF\n\${{ v }}) "'\nEOF\n)" \${{ n }}`, `${hostile}) "'\x075\x07`],
    [`# it's "\n${print} a#' ' \${{ v }} # don't`, `a# \x07${hostile}\x07`],
    [`${print} a \\\n  \${{ v }} \\\n # don't\n${print} \${{ n }}`, `a\x07${hostile}\x075\x07`],
    [`case \${{ v }} in x) ;; \${{ v }}) ${print} \${{ n }};; esac`, "5\x07"],
    [`${print} $((\${{ n }} + 1)) "$(( (\${{ n }}) * 2 ))" \${{ v }}`, `6\x0710\x07${hostile}\x07`],
    [`set -- a b; ${print} $# "$#" "$\{#}" $$x \${{ v }} | tr -d '0-9'`, `\x07\x07\x07x\x07${hostile}\x07`],
    [
      `y='}'; ${print} \${x:-"}"} \${x:-'}'} \${x:-\\}} "\${x:-"$y"}" "\${x:-\\}}" \${{ v }}`,
      `}\x07}\x07}\x07}\x07}\x07${hostile}\x07`,
    ],
    [`${print} \`echo "it's"\` "\`echo \\"\\\`echo x\\\`\\"\`" \${{ v }}`, `it's\x07x\x07${hostile}\x07`],
    [`f() { ${print} "$@"; }; f \${{ v }} '' "" \${{ n }}; { f x; }`, `${hostile}\x07\x07\x075\x07x\x07`],
    [`! [ \${{ v }} = x ] && ${print} \${{ n }} >&1 2>/dev/null`, "5\x07"],
    [`set -f; IFS=5; ${print} "\${{ n }}" \${{ n }}`, "5\x075\x07"],
  ])("gets the very value: %j", (source, expected) => {
    const result = run(shell, source, scope);
    expect(result.stdout).toBe(expected);
    expect(result).toMatchObject({ stderr: "", status: 0 });
    expect(readdirSync(room)).toEqual([]);
  });

  /** Pieces of a word: shell source, and what it stands for. */
  const piece = fc.constantFrom<readonly [string, (value: string) => string]>(
    ["${{ v }}", (value) => value],
    ['"${{ v }}"', (value) => value],
    ["'${{ v }}'", (value) => value],
    ['"it\'s ${{v}}"', (value) => `it's ${value}`],
    ["'say \"${{ v }}\"'", (value) => `say "${value}"`],
    ["\"$(printf '%sx' ${{ v }})\"", (value) => `${value}x`],
    ["\"$(printf '%sx' \"a'b\" \"$(printf '%sy' '${{ v }}')\")\"", (value) => `a'bx${value}yx`],
    ["a#b", () => "a#b"],
    ["\\'", () => "'"],
    ['\\"', () => '"'],
    ["\\\\", () => "\\"],
    ["'\\'", () => "\\"],
    ['"\\$"', () => "$"],
    ["'$'", () => "$"],
    ["$((2 + 3))", () => "5"],
    ["\"$(printf '%s' ')')\"", () => ")"],
    ["${unset:-x}", () => "x"],
  );
  const evil = fc.oneof(
    fc.constantFrom(
      "$(touch made)",
      "`touch made`",
      "'; touch made; '",
      '"; touch made; "',
      "\n",
      "*",
      "-n",
      "\\",
    ),
    fc.constantFrom(
      "${TUTTI_V1}",
      "EOF",
      ")",
      "}}",
      "'\"'\"'",
      "a[$(touch made)]",
      "\r",
      "\x1b[31m",
      "%s",
      "~",
    ),
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
  );
  const anyText = fc
    .array(evil, { maxLength: 4 })
    .map((parts) => parts.join(""))
    .filter((text) => !text.includes("\0") && text.isWellFormed());

  it("gets any string wherever it stands, and nothing else happens", () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), anyText, (pieces, value) => {
        const word = pieces.map(([source]) => source).join("");
        const expected = pieces.map(([, stands]) => stands(value)).join("");
        const source = `# it's\n${print} ${word} end\ncat <<EOF\n\${{ v }}\nEOF`;
        const result = run(shell, source, () => value);
        expect(result.stdout).toBe(`${expected}\x07end\x07${value}\n`);
        expect(result).toMatchObject({ stderr: "", status: 0 });
        expect(readdirSync(room)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a value", () => {
  it.each([
    ["echo ${{ v }}", "a\0b", "NUL character"],
    ["echo ${{ v }}", "\ud800", "half of a character"],
    ["echo ${{ v }}", "x".repeat(131_001), "the text is larger than 128 KiB"],
    ["echo ${{ v }}", Array.from({ length: 50_000 }, () => "x"), "the value is larger than 128 KiB"],
    ["echo $((${{ v }}))", "a[$(touch made)]", "not a whole number"],
    ['echo "$((1 + (${{ v }})))"', "1.5", "not a whole number"],
    ["((x = ${{ v }}))", "x", "not a whole number"],
    ["for ((i = 0; i < ${{ v }}; i++)); do :; done", "", "not a whole number"],
    ["[[ ${{ v }} -gt 5 ]]", "a[0]", "not a whole number"],
    ["[[ ${{ o[ p[0]] }} == x && y -gt 5 ]]", "a[0]", "not a whole number"],
    ["[[ -v ${{ v }} ]]", "a[0]", "not a whole number"],
    ["a[${{ v }}]=1", "0]", "not a whole number"],
    ['a["${{ v }}"]=1', "0]", "not a whole number"],
  ])("is refused in %s", (source, value, what) => {
    const template = compileShellTemplate(source.replace("${{ o[ p[0]] }}", "${{ [[v]][[0][0]][0] }}"));
    const error = errorOf(() => template.render(() => value));
    expect(error.code).toBe("EXPRESSION_FAILED");
    expect(error.message).toContain(what);
    expect(error.source?.column).toBeGreaterThan(1);
  });

  it("may be any whole number where the shell calculates, and anything in other tests", () => {
    for (const source of ["echo $((${{ n }}))", "((x = ${{ n }}))", "[[ ${{ n }} -gt 5 ]]", "a[${{ n }}]=1"])
      for (const value of [0, -7, 123_456_789, "42"])
        expect(compileShellTemplate(source).render(() => value).values).toEqual({ TUTTI_V1: String(value) });
    expect(compileShellTemplate("[[ ${{ code }} == x ]]; [[ x").render(scope).values).toEqual({
      TUTTI_V1: "a[$(touch made)]",
    });
    expect(
      compileShellTemplate("((1)) && (echo ${{ code }}) && b[1]=${{ code }}").render(scope).values,
    ).toEqual({
      TUTTI_V1: "a[$(touch made)]",
    });
  });

  it("is computed anew for every rendering, while the line stays", () => {
    const template = compileShellTemplate("echo ${{ x + 1 }}");
    expect([template.render(() => 1), template.render(() => 2)]).toEqual([
      { line: 'echo "${TUTTI_V1}"', values: { TUTTI_V1: "2" } },
      { line: 'echo "${TUTTI_V1}"', values: { TUTTI_V1: "3" } },
    ]);
  });
});
