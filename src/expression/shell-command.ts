/** How far a simple command has been read: what its next word means to the shell. */
export interface CommandState {
  /** The command word, without its quotes; undefined before it. */
  readonly command: string | undefined;
  /** The argument before, without its quotes. */
  readonly last: string;
  /** The next word is the target of a redirection. */
  readonly redirects: boolean;
  /** No word that follows can name a variable or be an option. */
  readonly plain: boolean;
}

export const commandStart: CommandState = { command: undefined, last: "", redirects: false, plain: false };

/** Inside the parentheses of `x=( )`, where words are only words. */
export const listItems: CommandState = { ...commandStart, command: "(" };

/** Inside the body of a here-document. */
export const hereBody: CommandState = { ...commandStart, redirects: true };

/** Words after which a command begins, or goes on to begin. */
const beginners = new Set([
  ..."if then elif else while until do ! { } time".split(" "),
  "command",
  "builtin",
]);

/** Builtins that read names, subscripts or code in any of their words. */
const readers = new Set(
  "alias compgen complete coproc getopts let mapfile read readarray trap unset wait".split(" "),
);
const declarers = new Set(["declare", "typeset", "local", "export", "readonly"]);

/** Variables with which bash calculates whatever is assigned to them. */
const numbers = /^(?:RANDOM|OPTIND|HISTCMD|SECONDS|LINENO)\+?=/;

/** What a shell text declares anywhere about variables that assignments then obey. */
export interface Declared {
  /** Numbers or references (`-i`, `-n`): what is assigned is calculated, or names another variable. */
  readonly attributes: boolean;
  /** Lists: `declare` takes a value in parentheses apart and expands it. */
  readonly lists: boolean;
}

export function declaredIn(text: string): Declared {
  const form = /\b(?:declare|typeset|local|export|readonly)((?:\s+[-+]\w+)+)/g;
  const options = [...text.replaceAll("\\\n", " ").matchAll(form)].map((match) => match[1]).join("");
  return { attributes: /[in]/.test(options), lists: /[aA]/.test(options) || /\w\+?=\(/.test(text) };
}

const assignment = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;

/** The state after a whole word, given as it is written. */
export function afterWord(state: CommandState, written: string): CommandState {
  if (state.redirects) return { ...state, redirects: false };
  const word = plainText(written);
  if (state.command === undefined) return afterFirst(state, word);
  if (state.command === "function" && word === "{") return commandStart;
  const plain = state.plain || (state.command === "printf" && isFormat(state, word));
  // The word after `printf -v` is its argument, and options may follow.
  const isArgument = state.command === "printf" && state.last === "-v";
  return { ...state, last: isArgument ? "" : word, plain };
}

function afterFirst(state: CommandState, word: string): CommandState {
  if (beginners.has(word) || word.startsWith("-") || assignment.test(word)) return state;
  return { ...state, command: word };
}

/** The format of `printf`, or the `--` before it: nothing after it is an option. */
function isFormat({ last }: CommandState, word: string): boolean {
  return word === "--" || (last !== "-v" && !word.startsWith("-"));
}

/** Why a value may not stand in a word of which `written` has been read; undefined when it may. */
export function wordRefusal(state: CommandState, written: string, declared: Declared): string | undefined {
  const { command } = state;
  if (command === undefined || state.redirects) return undefined;
  const why = `among these words of "${command}", which reads them as names or code`;
  if (readers.has(command)) return why;
  if (declarers.has(command)) return isDeclaration(plainText(written), declared) ? undefined : why;
  if (command === "printf") return namesVariable(state, plainText(written)) ? why : undefined;
  return asksForVariable(state) ? why : undefined;
}

/** `test -v`, or a value that may be the `-v`. */
function asksForVariable({ command, last }: CommandState): boolean {
  return (command === "test" || command === "[") && (/^-[vR]$/.test(last) || last.includes("${{"));
}

/** `NAME=` stands before the value, and the name cannot be a number, a reference or a list. */
function isDeclaration(word: string, declared: Declared): boolean {
  return /^[A-Za-z_]\w*\+?=/.test(word) && !numbers.test(word) && !declared.attributes && !declared.lists;
}

function namesVariable({ plain, last }: CommandState, word: string): boolean {
  return !plain && (last === "-v" || word === "" || word.startsWith("-"));
}

/** True when the shell calculates with a value that stands after what has been read of this word. */
export function calculates(state: CommandState, written: string, declared: Declared): boolean {
  if (state.redirects) return false;
  if (state.command === listItems.command) return written.startsWith("[") || declared.attributes;
  if (state.command === "for" || state.command === "select") return declared.attributes;
  if (state.command !== undefined) return false;
  return assignment.test(written) && (numbers.test(written) || declared.attributes);
}

/** A word without quotes, backslashes and continued lines: what the shell takes it for when nothing expands. */
function plainText(written: string): string {
  return written.replaceAll("\\\n", "").replaceAll(/\$(?=["'])|["'\\]/g, "");
}
