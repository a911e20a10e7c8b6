import type { AgentAbilities } from "../../ports/agent.ts";

/** What is said to one ACP agent, and what is known of it. */
export interface AcpEntry {
  readonly name: string;
  /** The program; without a slash it is looked for in PATH. */
  readonly program: string;
  readonly args: readonly string[];
  /** On top of the step's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables of tutti's own environment that it gets: names, or beginnings of names that end in `*`. */
  readonly passes: readonly string[];
  /** `native`: a slash command is sent as `/name arguments`; `text`: as what its file says. */
  readonly commands: "native" | "text";
  /** How it is told the step's model; absent: it cannot be told. */
  readonly model?:
    | { readonly argument: string }
    | { readonly variable: string }
    | { readonly option: string };
  /** It has an option of the category `thought_level`. */
  readonly thinking: boolean;
  /** Options of a session that are set before anything is asked. */
  readonly options: Readonly<Record<string, string>>;
  /** What it may do without `tools:` of a step: look, change files of the folder it works in, or anything. */
  readonly allow: "read" | "edit" | "all";
  /** It asks before every call of a tool, or its set of tools can be cut: only then can `tools:` hold. */
  readonly holdsTools: boolean;
  /** A file that is written for every call and named by an argument. */
  readonly file?: { readonly argument: string; readonly name: string; readonly text: string };
  /** The title of a call that runs a program is the line it runs; else only what it says of its input counts. */
  readonly titleIsCommand: boolean;
  /** `claude`: it takes options of the Claude Agent SDK and an addition to the system prompt in `_meta` of a session. */
  readonly meta?: "claude";
  /** It says what a session cost. */
  readonly tellsCost: boolean;
  /** It keeps sessions, so that one can be gone on with. */
  readonly resumes: boolean;
  /** How to get it, and how to log in. */
  readonly install: string;
  readonly login: string;
}

export function abilitiesOf(entry: AcpEntry): AgentAbilities {
  return {
    streaming: true,
    resume: entry.resumes,
    schema: "asked",
    cost: entry.tellsCost ? "reported" : "unknown",
    tools: entry.holdsTools,
    permissions: "deny",
    files: true,
    mcp: true,
    skills: false,
    subagents: false,
    model: entry.model !== undefined,
    thinking: entry.thinking,
  };
}
