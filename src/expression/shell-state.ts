import type { TuttiError } from "../errors.ts";
import { calculates, type CommandState, type Declared, wordRefusal } from "./shell-command.ts";
import { excerpt, mistake, type Range } from "./places.ts";
import { endOfExpression } from "./tokens.ts";

/** `${{ CEL }}` in a shell text, and how the shell reads the place where it stands. */
export interface ShellHole extends Range {
  /** The expression. */
  readonly inside: Range;
  readonly quoting: "bare" | "double" | "single";
  /** The shell calculates with what stands here, and a calculation can run commands: only whole numbers may come. */
  readonly arithmetic: boolean;
}

/** `<<WORD`: its body begins on the next line. */
export interface HereDoc {
  readonly delimiter: string;
  /** `<<-`: tabs before each line do not count. */
  readonly stripsTabs: boolean;
  /** A quoted delimiter: nothing in the body is filled in by the shell. */
  readonly verbatim: boolean;
}

/** The state of a scan; `at` moves from the start of the text to `end`. */
export interface Scan {
  readonly text: string;
  at: number;
  end: number;
  readonly holes: ShellHole[];
  /** Here-documents whose body has not begun. */
  readonly hereDocs: HereDoc[];
  /** The unquoted word so far; empty at its start. Quoted parts count as one character. */
  word: string;
  /** Where that word began. */
  wordStart: number;
  command: CommandState;
  readonly declared: Declared;
  arithmetic: boolean;
  /** End of a `[[ ]]` that compares numbers. */
  testEnd: number;
  /** Why no value may stand here, or from here on. */
  refusal: string | undefined;
  unsure: string | undefined;
}

const wayOut = 'give the value to a variable first, as in v=${{ ... }}, and write "$v" here';

const plainName = "write a plain name here, and assign the value by itself, as in v=${{ ... }}";

/** Takes the `${{ }}` at the scan's place. */
export function hole(scan: Scan, quoting: ShellHole["quoting"]): void {
  const { text, at } = scan;
  const written = text.slice(scan.wordStart, at);
  const where = scan.refusal ?? scan.unsure;
  if (where !== undefined) throw refuse(scan, { why: where, fix: wayOut });
  const misread = wordRefusal(scan.command, written, scan.declared);
  if (misread !== undefined) throw refuse(scan, { why: misread, fix: plainName });
  const end = endOfExpression(text, at + 3, "}}");
  if (end === undefined || end + 2 > scan.end)
    throw mistake("EXPRESSION_SYNTAX", {
      message: `Cannot read "${excerpt(text.slice(at, scan.end))}": "\${{" is not closed by "}}"`,
      fix: 'add "}}"',
      text,
      range: { start: at, end: at + 3 },
    });
  scan.holes.push({
    start: at,
    end: end + 2,
    inside: { start: at + 3, end },
    quoting,
    arithmetic:
      scan.arithmetic ||
      at < scan.testEnd ||
      /^[A-Za-z_]\w*\[[^\]]*$/.test(scan.word) ||
      calculates(scan.command, written, scan.declared),
  });
  scan.at = end + 2;
}

/** `${a.b}` or `${ a }`: no shell has these, so that tutti's own form must be meant. */
export function refuseMisplaced(scan: Scan, quoting: ShellHole["quoting"]): void {
  const { text, at } = scan;
  const form = /\$\{(?!\{)(?:\s|[A-Za-z_]\w*\s*\.)/y;
  form.lastIndex = at;
  if (!form.test(text)) return;
  const end = endOfExpression(text, at + 2, "}") ?? scan.end;
  const inside = text.slice(at + 2, end).trim();
  const keep = quoting === "single" ? `; for the characters, end the quotes between them: $''{` : "";
  throw mistake("SHELL_TEMPLATE", {
    message: `Cannot fill in "${excerpt(text.slice(at, end + 1))}": in shell text only \${{ }} is filled in`,
    fix: `write \${{ ${inside} }}${keep}`,
    text,
    range: { start: at, end: Math.min(end + 1, scan.end) },
  });
}

/** The error for a value that cannot stand where the scan is. */
export function refuse(
  { text, at, end }: Pick<Scan, "text" | "at" | "end">,
  { why, fix }: { readonly why: string; readonly fix: string },
): TuttiError {
  const start = text.indexOf("${{", at);
  const close = endOfExpression(text, start + 3, "}}");
  const range = { start, end: close === undefined ? end : close + 2 };
  return mistake("SHELL_TEMPLATE", {
    message: `Cannot fill in "${excerpt(text.slice(range.start, range.end))}": a value cannot stand ${why}`,
    fix,
    text,
    range,
  });
}
