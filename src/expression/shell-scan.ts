import {
  afterWord,
  type CommandState,
  commandStart,
  declaredIn,
  hereBody,
  listItems,
} from "./shell-command.ts";
import { readHereDocs, startHereDoc } from "./shell-here-doc.ts";
import { hole, refuse, refuseMisplaced, type Scan, type ShellHole } from "./shell-state.ts";
import { endOfExpression } from "./tokens.ts";

/**
 * Finds every `${{ }}` of a shell text with the quoting around it, as POSIX sh and bash both read it. Those in comments
 * are left alone. Throws SHELL_TEMPLATE where a value cannot stand, where the two shells (or this scan) would differ
 * about the quoting, and for `${a.b}`, which is not the shell's.
 */
export function scanShell(text: string): readonly ShellHole[] {
  const scan: Scan = {
    text,
    at: 0,
    end: text.length,
    holes: [],
    hereDocs: [],
    word: "",
    wordStart: 0,
    command: commandStart,
    declared: declaredIn(text),
    arithmetic: false,
    testEnd: 0,
    refusal: undefined,
    unsure: undefined,
  };
  commands(scan, { nested: false });
  return scan.holes;
}

interface Frame {
  /** Inside `$( )`, which ends at the first `)` that is left over. */
  readonly nested: boolean;
  parens: number;
  /** For each open parenthesis, what goes on after it. */
  readonly outer: CommandState[];
  /** Depth of parentheses at which a `(( ))` began. */
  arithmeticFrom: number | undefined;
}

function commands(scan: Scan, { nested }: { readonly nested: boolean }): void {
  const frame: Frame = { nested, parens: 0, outer: [], arithmeticFrom: undefined };
  const { word, wordStart, command: outer } = scan;
  scan.word = "";
  scan.wordStart = scan.at;
  scan.command = commandStart;
  while (scan.at < scan.end) {
    const char = scan.text.charAt(scan.at);
    if (char === ")" && nested && frame.parens === 0) break;
    command(scan, frame, char);
  }
  endWord(scan, frame);
  if (nested && scan.hereDocs.length > 0) scan.unsure ??= "of a here-document that begins inside $( )";
  scan.at++;
  scan.word = word;
  scan.wordStart = wordStart;
  scan.command = outer;
}

function command(scan: Scan, frame: Frame, char: string): void {
  if (scan.word === "") scan.wordStart = scan.at;
  if (scan.text.startsWith("\\\n", scan.at)) scan.at += 2;
  else if (quoted(scan, "bare")) scan.word += "\0";
  else if (char === "#" && scan.word === "") scan.at = endOfLine(scan);
  else if (/[\s;&|<>()]/.test(char)) operator(scan, frame, char);
  else {
    scan.word += char;
    scan.at++;
  }
}

/** Whatever quotes or expands; false when nothing of that kind stands here. */
function quoted(scan: Scan, quoting: "bare" | "double"): boolean {
  switch (scan.text[scan.at]) {
    case "\\":
      escaped(scan);
      return true;
    case "`":
      backticks(scan);
      return true;
    case "$":
      dollar(scan, quoting);
      return true;
    case '"':
      if (quoting === "bare") double(scan);
      return quoting === "bare";
    case "'":
      if (quoting === "bare") single(scan);
      return quoting === "bare";
    default:
      return false;
  }
}

function operator(scan: Scan, frame: Frame, char: string): void {
  const wasStart = scan.word === "";
  const isNumber = /[<>]/.test(char) && /^(?:\d+|\{\w+\})$/.test(scan.word);
  if (isNumber) scan.word = "";
  endWord(scan, frame);
  if (char === "(") openParenthesis(scan, frame, wasStart);
  if (char === ")") closeParenthesis(scan, frame);
  if (/[<>]/.test(char)) scan.command = { ...scan.command, redirects: true };
  else if (endsCommand(scan)) scan.command = commandStart;
  if (scan.text.startsWith("<<", scan.at)) return lessLess(scan);
  scan.at++;
  if (char === "\n") readHereDocs(scan, hereText);
}

/** `;`, `&`, `|` or a new line that is not part of a redirection. */
function endsCommand({ text, at }: Scan): boolean {
  if (/[;\n]/.test(text.charAt(at))) return true;
  return /[&|]/.test(text.charAt(at)) && !/[<>]/.test(text.charAt(at - 1)) && !text.startsWith("&>", at);
}

function openParenthesis(scan: Scan, frame: Frame, wasStart: boolean): void {
  if (wasStart && scan.text[scan.at + 1] === "(" && !scan.arithmetic) {
    frame.arithmeticFrom = frame.parens;
    scan.arithmetic = true;
  }
  frame.parens++;
  const goesOn = (!wasStart && !/^\(\s*\)/.test(scan.text.slice(scan.at))) || scan.command.redirects;
  frame.outer.push(goesOn ? { ...scan.command, redirects: false } : commandStart);
  scan.command = wasStart ? commandStart : listItems;
}

function closeParenthesis(scan: Scan, frame: Frame): void {
  scan.command = frame.outer.pop() ?? commandStart;
  frame.parens = Math.max(0, frame.parens - 1);
  if (frame.arithmeticFrom !== frame.parens) return;
  frame.arithmeticFrom = undefined;
  scan.arithmetic = false;
}

function lessLess(scan: Scan): void {
  if (scan.arithmetic) scan.unsure ??= 'after "<<" inside (( ))';
  if (scan.text.startsWith("<<<", scan.at)) scan.at += 3;
  else {
    scan.command = { ...scan.command, redirects: false };
    if (scan.arithmetic) scan.at += 2;
    else startHereDoc(scan);
  }
}

function endWord(scan: Scan, { nested }: Frame): void {
  if (scan.word === "case" && nested) scan.unsure ??= "after a case inside $( )";
  if (scan.word === "[[") {
    const end = endOfTest(scan);
    if (/\s-(?:eq|ne|lt|le|gt|ge|v|R)\s/.test(scan.text.slice(scan.at, end))) scan.testEnd = end;
  }
  if (scan.word !== "") scan.command = afterWord(scan.command, scan.text.slice(scan.wordStart, scan.at));
  scan.word = "";
}

/** Where the `[[` before the scan's place is closed. */
function endOfTest({ text, at, end }: Scan): number {
  for (let place = at; place < end; place++) {
    if (text.startsWith("]]", place)) return place;
    if (text.startsWith("${{", place)) place = endOfExpression(text, place + 3, "}}") ?? end;
  }
  return end;
}

function endOfLine(scan: Scan): number {
  const newline = scan.text.indexOf("\n", scan.at);
  return newline === -1 || newline > scan.end ? scan.end : newline;
}

function double(scan: Scan): void {
  scan.at++;
  while (scan.at < scan.end && scan.text[scan.at] !== '"') if (!quoted(scan, "double")) scan.at++;
  scan.at++;
}

/** The body of a here-document whose delimiter is not quoted: as in double quotes, but `"` is a character. */
function hereText(scan: Scan): void {
  scan.command = hereBody;
  while (scan.at < scan.end) if (!quoted(scan, "double")) scan.at++;
  scan.command = commandStart;
}

function single(scan: Scan): void {
  scan.at++;
  while (scan.at < scan.end && scan.text[scan.at] !== "'") {
    if (scan.text.startsWith("${{", scan.at)) hole(scan, "single");
    else {
      refuseMisplaced(scan, "single");
      scan.at++;
    }
  }
  scan.at++;
}

function escaped(scan: Scan): void {
  if (scan.text.startsWith("\\${{", scan.at))
    throw refuse(scan, {
      why: "after a backslash",
      fix: "remove the backslash; the value is quoted by itself",
    });
  scan.at += 2;
}

function backticks(scan: Scan): void {
  scan.at++;
  while (scan.at < scan.end && scan.text[scan.at] !== "`") {
    if (scan.text.startsWith("${{", scan.at))
      throw refuse(scan, { why: "inside backticks", fix: "write $( ... ) instead of the backticks" });
    refuseMisplaced(scan, "double");
    scan.at += scan.text[scan.at] === "\\" ? 2 : 1;
  }
  scan.at++;
}

function dollar(scan: Scan, quoting: "bare" | "double"): void {
  const { text, at } = scan;
  if (text.startsWith("${{", at)) hole(scan, quoting);
  else if (text.startsWith("$${{", at))
    throw refuse(scan, { why: 'after "$"', fix: "write \\$ for the character, or remove it" });
  else if (text.startsWith("${", at)) parameter(scan, quoting);
  else if (text.startsWith("$(", at)) substitution(scan);
  else if (text.startsWith("$'", at) && quoting === "bare") ansiString(scan);
  else plainDollar(scan);
}

/** `$x`, `$$`, `$1` … or only the character. */
function plainDollar(scan: Scan): void {
  const next = scan.text.charAt(scan.at + 1);
  if (next === "[") scan.unsure ??= 'after "$["';
  scan.at += /[$#?!*@\d-]/.test(next) ? 2 : 1;
}

function substitution(scan: Scan): void {
  const { arithmetic } = scan;
  scan.arithmetic ||= scan.text.startsWith("$((", scan.at);
  scan.at += 2;
  commands(scan, { nested: true });
  scan.arithmetic = arithmetic;
}

/** `${x:-…}` and the like: the shell's; what may stand in it depends too much on the operator and the quotes. */
function parameter(scan: Scan, quoting: "bare" | "double"): void {
  refuseMisplaced(scan, quoting);
  const { refusal } = scan;
  scan.refusal = "inside ${ }";
  scan.at += 2;
  while (scan.at < scan.end && scan.text[scan.at] !== "}") inParameter(scan, quoting);
  scan.at++;
  scan.refusal = refusal;
}

function inParameter(scan: Scan, quoting: "bare" | "double"): void {
  const char = scan.text[scan.at];
  if (char === "'" && quoting === "double")
    scan.unsure ??= "after a single quote inside ${ } inside double quotes";
  if (char === '"' && quoting === "double") double(scan);
  else if (!quoted(scan, quoting)) scan.at++;
}

/** `$'…'` is a string with escapes for bash, and "$" before a plain string for other shells. */
function ansiString(scan: Scan): void {
  const { refusal } = scan;
  const start = scan.at;
  scan.refusal = "inside $'...'";
  scan.at++;
  single(scan);
  scan.refusal = refusal;
  if (scan.text.slice(start, scan.at).endsWith("\\'")) scan.unsure ??= "after \\' inside $'...'";
}
