import { permitsShell } from "../../../commands/tools.ts";
import { globTest } from "../../../files/glob.ts";

/** A call, as `tools:` of a step speaks of it. */
export interface Call {
  /** `Read`, `Bash`, `mcp__server__tool`. */
  readonly word: string;
  /** The path or shell line that a rule in brackets is about. */
  readonly subject: string;
}

/** What a step's agent may do. */
export interface Rules {
  /** Whether some call of this tool may be allowed, so that the model is told of it. */
  readonly offers: (word: string) => boolean;
  readonly allows: (call: Call) => boolean;
}

/** Without a list an agent may read, and use the MCP servers that it was given. */
const unlisted = ["Read", "Glob", "Grep"];

/**
 * `tools:` in Claude Code's words: `Read`, `Glob`, `Grep`, `Edit`, `Write`, `Bash`, with a pattern in brackets (paths of files,
 * shell lines) or without; `mcp__server` and `mcp__server__tool`. Of a server that the step has, and of which the list names
 * nothing, everything is allowed.
 */
export function rulesOf(tools: readonly string[] | undefined): Rules {
  const list = tools ?? unlisted;
  const rules = list.flatMap((tool) => {
    const found = /^([\w-]+)(?:\((.*)\))?$/s.exec(tool.trim());
    return found?.[1] === undefined ? [] : [{ word: wordOf(found[1]), pattern: found[2]?.trim() }];
  });
  const fitting = (word: string) => rules.filter((rule) => namesTool(rule.word, word));
  const isOpen = (word: string) =>
    word.startsWith("mcp__") && !rules.some((rule) => serverOf(rule.word) === serverOf(word));
  return {
    offers: (word) => isOpen(word) || fitting(word).length > 0,
    allows: ({ word, subject }) => {
      if (word === "Bash") return permitsShell(list, subject);
      if (isOpen(word)) return true;
      return fitting(word).some(({ pattern }) => pattern === undefined || fitsPath(pattern, subject));
    },
  };
}

const words = new Map(
  ["Read", "Glob", "Grep", "Edit", "Write", "Bash"].map((word) => [word.toLowerCase(), word] as const),
);
const others: Readonly<Record<string, string>> = { ls: "Glob", multiedit: "Edit" };

function wordOf(name: string): string {
  const small = name.toLowerCase();
  return words.get(small) ?? others[small] ?? name;
}

function namesTool(rule: string, word: string): boolean {
  if (rule === word) return true;
  return rule.startsWith("mcp__") && (word.startsWith(`${rule}__`) || rule === `${serverOf(word)}__*`);
}

function serverOf(word: string): string {
  return word.split("__").slice(0, 2).join("__");
}

/** Paths of rules count from the step's folder. */
function fitsPath(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === "") return true;
  return globTest(pattern.replace(/^(?:\.\/|\/+)/, ""))(path);
}
