import { isAbsolute, relative, resolve } from "node:path";
import { canonicalJson, type JsonObject } from "../../expression/json.ts";
import type { DecidedCall } from "../../ports/agent.ts";
import { textField } from "../fields.ts";

/** A tool call before it is made, as the program's hook tells it. */
export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly cwd: string;
  /** The program's mode of permissions. */
  readonly mode: string;
  readonly isOfSubagent: boolean;
}

/** `pass`: the program's own rules decide. `defer`: the process ends, and its session goes on with just this call. */
export type Answer =
  | { readonly does: "pass" | "defer" | "allow" }
  | { readonly does: "deny"; readonly reason: string };

/**
 * Decides about the tool calls of a session whose calls people are asked about.
 *
 * What the program's rules make of a call is known only after its hook has let the call pass, and then it cannot be put
 * off any more. So a call that may need somebody's word is put off, the session goes on with it at once (`checked`), and
 * when nothing allows it then, the process is killed before it is made: the session still stands before the call, for as
 * long as it takes. That costs half a second and no request to a model.
 */
export interface CallGate {
  /** What the hook answers. */
  before(call: ToolCall): Answer;
  /** Nothing allows the call: what the model is told; undefined: people are to be asked. */
  unallowed(call: Pick<ToolCall, "id" | "tool" | "input">): string | undefined;
}

export interface CallGateOptions {
  /** Rules that allow tools for the task. */
  readonly rules: readonly string[];
  readonly decided?: DecidedCall | undefined;
  /** Id of the call that the session goes on with, to see what the program's rules make of it. */
  readonly checked?: string | undefined;
  /** Calls that were refused because they came together with others, or of which nobody thought. */
  readonly refused: Set<string>;
}

export function createCallGate({ rules, decided, checked, refused }: CallGateOptions): CallGate {
  const ofSubagents = new Set<string>();
  return {
    before: (call) => {
      if (call.id === decided?.id) return said(decided);
      if (call.isOfSubagent) ofSubagents.add(call.id);
      if (call.id === checked || call.isOfSubagent) return { does: "pass" };
      if (refused.has(keyOf(call))) return { does: "defer" };
      return { does: isFree(call, rules) ? "pass" : "defer" };
    },
    unallowed: (call) => {
      if (call.id === checked) return undefined;
      if (ofSubagents.has(call.id)) return leaveIt;
      refused.add(keyOf(call));
      return again;
    },
  };
}

const again =
  "Nothing allows this call yet. When you need it, make exactly the same call once more, by itself and not together with others: then a person is asked.";
const leaveIt =
  "Nothing allows this call, and nobody can be asked about a call of a subagent. Leave it, and say in your answer that it is needed.";

function said({ allow, note }: DecidedCall): Answer {
  if (allow) return { does: "allow" };
  const why = note === undefined ? "" : `: ${note}`;
  return { does: "deny", reason: `A person was asked and denied this call${why}. Go on without it.` };
}

function keyOf({ tool, input }: Pick<ToolCall, "tool" | "input">): string {
  return `${tool} ${canonicalJson(input)}`;
}

/** Tools that change nothing outside of the session, or whose own calls are looked at. */
const harmless: ReadonlySet<string> = new Set(
  "Read,Glob,Grep,LS,NotebookRead,TodoWrite,TodoRead,Task,Agent,ToolSearch,StructuredOutput,Skill,BashOutput,TaskOutput,KillShell,TaskCreate,TaskUpdate,TaskList,TaskGet".split(
    ",",
  ),
);
const editing: ReadonlySet<string> = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);

/** What the program surely lets pass need not be put off first. */
function isFree(call: ToolCall, rules: readonly string[]): boolean {
  if (call.mode === "bypassPermissions" || harmless.has(call.tool)) return true;
  if (rules.some((rule) => rule === call.tool || isServerOf(rule, call.tool))) return true;
  return call.mode === "acceptEdits" && editing.has(call.tool) && liesInside(call);
}

/** `mcp__words` allows `mcp__words__say`. */
function isServerOf(rule: string, tool: string): boolean {
  return rule.startsWith("mcp__") && tool.startsWith(`${rule}__`);
}

function liesInside({ cwd, input }: ToolCall): boolean {
  const path = textField(input, "file_path") ?? textField(input, "notebook_path");
  if (path === undefined) return false;
  const way = relative(cwd, resolve(cwd, path));
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}
