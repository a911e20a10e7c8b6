import { TuttiError } from "../errors.ts";
import type { CommandDoc, CommandParameter } from "../ports/command-catalog.ts";
import { shown } from "./names.ts";

/** The arguments of one call. */
export interface CallArguments {
  /** As given. */
  readonly all: string;
  /** Split as a shell splits words. */
  readonly words: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** Splits as a shell does: quotes hold words together, a backslash escapes. Unbalanced quotes are plain characters. */
export function splitWords(text: string): string[] {
  const token = /(\s+)|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])|([^\s"'\\]+)|(["'\\])/g;
  const words: string[] = [];
  let current: string | undefined;
  for (const [, space, double, single, escaped, plain, stray] of text.matchAll(token)) {
    // A quote without its partner: this is no shell text, so its words are what spaces part.
    if (stray === '"' || stray === "'") return text.split(/\s+/).filter((word) => word !== "");
    if (space === undefined) {
      const unescaped = double?.replaceAll(/\\(["\\$`])/g, "$1");
      current = [current, unescaped, single, escaped, plain, stray].join("");
    } else if (current !== undefined) {
      words.push(current);
      current = undefined;
    }
  }
  return current === undefined ? words : [...words, current];
}

/**
 * The arguments of a call as the command reads them. Throws ARGUMENTS_INVALID when the command declares arguments and
 * these do not fit: one is missing or too many are given, or a value is not of its type or choice.
 */
export function readArguments(command: CommandDoc, text: string): CallArguments {
  const words = splitWords(text);
  const parameters = command.parameters ?? [];
  const mistakes = [
    ...tooMany(command, words),
    ...parameters.flatMap((each, at) => mistakesIn(each, words[at])),
  ];
  if (mistakes.length > 0) throw invalid(command, mistakes);
  const pairs = parameters.map((parameter, at) => [parameter.name, words[at] ?? parameter.default] as const);
  const named = Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
  return { all: text, words, named };
}

/** More words than names are a mistake only when the text nowhere takes them as a whole. */
function tooMany(command: CommandDoc, words: readonly string[]): string[] {
  const declared = command.arguments.length;
  if (declared === 0 || words.length <= declared) return [];
  const names = command.arguments.map((name) => `\\$${name}(?![\\w-])`);
  const onlyNames =
    new RegExp(names.join("|")).test(command.body) && !/\$(?:ARGUMENTS|\d)/.test(command.body);
  return onlyNames ? [`${words.length} are given and ${declared} are declared`] : [];
}

function mistakesIn(parameter: CommandParameter, word: string | undefined): string[] {
  const { name } = parameter;
  if (word === undefined) return parameter.required ? [`"${name}" is missing`] : [];
  if (parameter.enum && !parameter.enum.includes(word))
    return [`"${name}" is "${shown(word)}", not one of ${parameter.enum.join(", ")}`];
  const shape = shapes[parameter.type ?? "string"];
  return shape.pattern.test(word) ? [] : [`"${name}" is "${shown(word)}", not ${shape.called}`];
}

const shapes = {
  string: { pattern: /^/, called: "a text" },
  integer: { pattern: /^[+-]?\d+$/, called: "an integer" },
  number: { pattern: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i, called: "a number" },
  boolean: { pattern: /^(?:true|false)$/, called: "true or false" },
};

function invalid(command: CommandDoc, mistakes: readonly string[]): TuttiError {
  const usage = (command.parameters ?? []).map((each) =>
    each.required ? `<${each.name}>` : `[${each.name}]`,
  );
  return new TuttiError(
    "ARGUMENTS_INVALID",
    `Cannot call "/${shown(command.name)}" with these arguments: ${mistakes.join("; ")}`,
    {
      fix: `call it as /${shown(command.name)} ${usage.join(" ")}, with quotes around a value that holds spaces`,
    },
  );
}

/** A placeholder in a template, as `text` writes it: what it takes, or that a backslash before it says to take nothing. */
export interface Placeholder {
  readonly text: string;
  readonly escaped: boolean;
  readonly take: "all" | number | { readonly name: string };
}

/**
 * Replaces every placeholder of a template in one pass; what `replace` puts in is not looked at again, and undefined
 * leaves the placeholder as it stands.
 */
export function replacePlaceholders(
  template: string,
  names: readonly string[],
  replace: (placeholder: Placeholder) => string | undefined,
): string {
  // Names hold letters, digits, _ and - only, so they need no escaping.
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  const named = longestFirst.length > 0 ? `|(${longestFirst.join("|")})(?![\\p{L}\\p{N}_-])` : "|((?!))";
  const pattern = new RegExp(`(\\\\)?\\$(?:ARGUMENTS\\[(\\d+)\\]|(ARGUMENTS)(?![\\w])|(\\d+)${named})`, "gu");
  return template.replaceAll(pattern, (whole: string, ...groups: (string | undefined)[]) => {
    const [escape, index, all, position, name] = groups;
    const take = all ? "all" : name === undefined ? Number(index ?? position) : { name };
    return replace({ text: whole, escaped: escape !== undefined, take }) ?? whole;
  });
}

/** The text a placeholder stands for; undefined when the call has none. */
export function valueOf(take: Placeholder["take"], call: CallArguments): string | undefined {
  if (take === "all") return call.all;
  if (typeof take === "number") return call.words[take];
  return Object.hasOwn(call.named, take.name) ? call.named[take.name] : undefined;
}
