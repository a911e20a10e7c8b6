import { describe, expect, it } from "vitest";
import { isTuttiError, type TuttiError } from "../errors.ts";
import { compileShellTemplate } from "./shell-template.ts";

function errorOf(action: () => unknown): TuttiError {
  try {
    action();
  } catch (error) {
    if (isTuttiError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a place where a value cannot stand", () => {
  it.each([
    ["echo \\${{ v }}", "after a backslash", "remove the backslash", 7],
    ['echo "\\${{ v }}"', "after a backslash", "remove the backslash", 8],
    ["echo $${{ v }}", 'after "$"', "write \\$ for the character", 7],
    ["echo `echo ${{ v }}`", "inside backticks", "write $( ... )", 12],
    ['echo "`echo ${{ v }}`"', "inside backticks", "write $( ... )", 13],
    ["echo ${x:-${{ v }}}", "inside ${ }", "give the value to a variable first", 11],
    ['echo "${x:-"${{ v }}"}"', "inside ${ }", "give the value to a variable first", 13],
    ["echo ${a[${{ n }}]}", "inside ${ }", "give the value to a variable first", 10],
    ["echo $'a ${{ v }}'", "inside $'...'", "give the value to a variable first", 10],
    ["echo $'\\'' ${{ v }}", "after \\' inside $'...'", "give the value to a variable first", 12],
    ["echo $[${{ n }}]", 'after "$["', "give the value to a variable first", 8],
    ['echo "${x:-\'}" ${{ v }}', "after a single quote inside ${ }", "give the value", 16],
    ['x="$(case a in a) echo;; esac)" ${{ v }}', "after a case inside $( )", "give the value", 33],
    ["echo $((1 << 2)) ${{ v }}", 'after "<<" inside (( ))', "give the value", 18],
    ["echo $((1<<2<<3)) ${{ v }}", 'after "<<" inside (( ))', "give the value", 19],
    ["cat <<${{ v }}", "as a here-document's delimiter", "write a plain word", 7],
    [
      "cat <<'EOF'\n${{ v }}\nEOF",
      "in a here-document with a quoted delimiter",
      "without quotes, as in <<EOF",
      1,
    ],
    ["cat <<EOF\n${{ v }}", 'in a here-document without its end "EOF"', "give the value", 1],
    ["x=$(cat <<EOF) ${{ v }}", "of a here-document that begins inside $( )", "give the value", 16],
  ])("is refused: %j", (source, why, fix, column) => {
    const error = errorOf(() => compileShellTemplate(source));
    expect(error.code).toBe("SHELL_TEMPLATE");
    expect(error.message).toMatch(/^Cannot fill in "\$\{\{ . \}\}": a value cannot stand /);
    expect(error.message).toContain(why);
    expect(error.fix).toContain(fix);
    expect(error.source).toMatchObject({ column });
  });

  it.each([
    ["echo ${a.b}", "write ${{ a.b }}", 6, 6],
    ["echo ${ a.b }", "write ${{ a.b }}", 6, 8],
    ['echo "${ a }" `echo ${a.b}`', "write ${{ a }}", 7, 6],
    ["echo `echo ${a.b}`", "write ${{ a.b }}", 12, 6],
    ["cat <<EOF\n${inputs.target}\nEOF", "write ${{ inputs.target }}", 1, 16],
    ["echo '${a.b}'", "write ${{ a.b }}; for the characters, end the quotes between them: $''{", 7, 6],
    ["echo ${a.b", "write ${{ a.b }}", 6, 5],
  ])("is refused when tutti's other form stands in %j", (source, fix, column, length) => {
    const error = errorOf(() => compileShellTemplate(source));
    expect(error).toMatchObject({ code: "SHELL_TEMPLATE", fix, source: { column, length } });
    expect(error.message).toContain("in shell text only ${{ }} is filled in");
  });

  it("is refused when it is not closed, or holds no expression", () => {
    const open = { code: "EXPRESSION_SYNTAX", fix: 'add "}}"' };
    expect(errorOf(() => compileShellTemplate("echo\n ${{ v }"))).toMatchObject({
      ...open,
      source: { line: 2, column: 2 },
    });
    expect(errorOf(() => compileShellTemplate("cat <<EOF\n${{ v\nEOF\n}}"))).toMatchObject(open);
    expect(errorOf(() => compileShellTemplate("[[ ${{ v"))).toMatchObject(open);
    expect(errorOf(() => compileShellTemplate("echo `echo ${{ v"))).toMatchObject({ code: "SHELL_TEMPLATE" });
    expect(errorOf(() => compileShellTemplate("echo\n ${{ v + }}"))).toMatchObject({
      code: "EXPRESSION_SYNTAX",
      source: { line: 2, column: 10 },
    });
  });
});
