import type { Json, JsonObject } from "../expression/json.ts";
import type { AskAction } from "./asking.ts";
import type { BoardRules, BoardUse } from "./boards.ts";
import type { Gate } from "./gate.ts";
import type { PipelineAction } from "./pipeline.ts";
import type { TallyAction } from "./voting.ts";
import type { MergeRules, TreeSetup, WorkspaceChoice } from "./workspace.ts";

/**
 * A workflow as tutti runs it: pure JSON, every shorthand spelled out, every mistake already reported.
 * Texts that may hold `${ CEL }` or `${{ CEL }}` are kept as written; the core compiles them when it plans.
 * Durations are milliseconds, money is US dollars, sizes are bytes.
 */
export interface Workflow {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /**
   * Inputs that its expressions call by names of their own, by these names: in what a stage of a pipeline does `record`,
   * `batch`, and what is around the pipeline.
   */
  readonly names?: Readonly<Record<string, string>>;
  /** Environment for every step; values are templates over `inputs`, `secrets` and `run`. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly limitRules?: LimitRules;
  /** Caps that its own file says: they hold for its steps also where another workflow calls it. */
  readonly ownLimits?: StepLimits;
  /** Agent of the steps that name none. */
  readonly agent?: string;
  /** Agents that take a step over, in this order, when the wanted one is out of order. */
  readonly fallbackAgents?: readonly string[];
  readonly model?: string;
  /** How long the agents of its steps think, and what goes into their prompts, where they do not say it. */
  readonly thinking?: Thinking;
  readonly contextWindow?: ContextWindow;
  /** Agents that cannot read files; set when it is loaded, where `contextWindow` puts values into files for all steps. */
  readonly fileless?: readonly string[];
  readonly workspace: WorkspaceChoice;
  readonly trees?: TreeSetup;
  /** As far as it says them; the others are `defaultMerge`. */
  readonly merge?: Partial<MergeRules>;
  /** False: the run is kept in memory only and cannot be resumed. */
  readonly saveState: boolean;
  /** Capacity of each named resource that steps `use`; a lock is a resource of capacity 1. */
  readonly resources: Readonly<Record<string, number>>;
  readonly chain: Chain;
}

export interface InputSpec {
  /** JSON Schema of the value (2020-12), without `default` and `required`. */
  readonly schema: JsonObject;
  readonly default?: Json;
  readonly required: boolean;
  readonly description?: string;
}

/** Caps of a run; all of them are on by default. */
export interface Limits {
  readonly costUsd: number;
  readonly tokens: number;
  /** Attempts of agents that may be started. */
  readonly agents: number;
  /** Time the run may spend executing (not waiting or paused). */
  readonly timeMs: number;
  /** Steps at once. */
  readonly parallel: number;
  /** Bytes of one step's output kept in the run; the rest goes to an artifact. */
  readonly outputBytes: number;
  /** Money that all runs of the project together may cost on one day (UTC). Absent: no such cap. */
  readonly dayUsd?: number;
}

/** What a cap that would be passed means. Absent members: `enforce`, `fail`. */
export interface LimitRules {
  /** `audit`: it is only told. `enforce`: the call that would pass it is not made. */
  readonly mode?: LimitMode;
  /** How a run ends that a cap stopped. */
  readonly onLimit?: "fail" | "degrade";
}

export type LimitMode = "audit" | "enforce";

/** Caps on one step: on all its attempts, or on all that it holds. They lie inside those of the run. */
export type StepLimits = Partial<Pick<Limits, "costUsd" | "tokens" | "agents" | "timeMs">>;

export const defaultLimits: Limits = {
  costUsd: 10,
  tokens: 2_000_000,
  agents: 50,
  timeMs: 2 * 3_600_000,
  parallel: 8,
  outputBytes: 1_048_576,
};

/** A block of steps: a whole workflow, or a nested `chain:` step. */
export interface Chain {
  readonly steps: readonly Step[];
  /** Independent steps run together when that is predicted to gain enough. */
  readonly parallelWherePossible: boolean;
  /** Independent steps run together whatever it gains: `parallel:` was written. */
  readonly parallelAlways?: true;
  readonly errorStrategy: ErrorStrategy;
  /** Its output is that of this step of it; absent: those of all by name. */
  readonly gives?: string;
  /** Of a whole workflow: how all that it did is taken back. */
  readonly undo?: Step;
}

export type ErrorStrategy = "stop" | "continue_on_failure" | { readonly fallback: string };

/** Why a step waits for another. */
export interface Need {
  /** Name of a step of the same block. */
  readonly step: string;
  readonly because: "depends_on" | "reference" | "conflict";
  /** The expression or the globs that say so. */
  readonly detail?: string;
}

export interface Step {
  readonly name: string;
  readonly action: Action;
  readonly needs: readonly Need[];
  /** CEL; the step is skipped when it is false. */
  readonly when?: string;
  readonly timeoutMs?: number;
  /** Kill an agent or process that prints nothing for so long. */
  readonly idleMs?: number;
  readonly retry: RetryPolicy;
  readonly errorStrategy?: ErrorStrategy;
  /** JSON Schema of `output`. */
  readonly output?: JsonObject;
  readonly before: readonly Gate[];
  readonly gates: readonly Gate[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Named resources held while the step runs. */
  readonly uses: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onInterrupt: "rerun" | "fail" | "ask";
  /** How long a result may be taken from the cache across runs; absent: never. */
  readonly cacheMs?: number;
  /** How its work is taken back when the run fails; never has an `undo` itself. */
  readonly undo?: Step;
  /** The author's guess of the duration, for planning before there is history. */
  readonly expectedMs?: number;
  /** The author's guess of the price and of the tokens of one attempt. */
  readonly expectedUsd?: number;
  readonly expectedTokens?: number;
  readonly limits?: StepLimits;
  readonly priority?: number;
  /** It may change files: it says so, or its agent has the tools for it. `no`: it says that it writes nothing. */
  readonly mayWrite?: "yes" | "no";
  /** Where it works, when it is not where its run does. `none`: in the project's own folder. */
  readonly workspace?: "none" | "run" | "step";
  /** It, and all that it holds, works in a tree of its own. Set when the run begins, by `withLanes`. */
  readonly lane?: true;
  readonly board?: BoardUse;
}

export type FailureClass = "transient" | "quota" | "timeout" | "failure";

export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly max: number;
  readonly on: readonly FailureClass[];
  readonly backoff: "exponential" | "constant" | "none";
  readonly baseMs: number;
}

export const defaultRetry: RetryPolicy = {
  max: 3,
  on: ["transient", "quota"],
  backoff: "exponential",
  baseMs: 1000,
};

export type Action =
  | CommandAction
  | RunAction
  | AgentAction
  | HttpAction
  | FunctionAction
  | McpAction
  | WaitAction
  | ValueAction
  | TallyAction
  | GatesAction
  | LandAction
  | ChainAction
  | WorkflowAction
  | BranchAction
  | LoopAction
  | EachAction
  | AskAction
  | PipelineAction;

/** What runs leave for later ones under a name. */
export interface MemoryUse {
  readonly name: string;
  /** The agent is told what is there. */
  readonly read: boolean;
  /** What the agent says it has learned is added, once the step is verified. */
  readonly write: boolean;
  /** How long the text may be. */
  readonly maxBytes: number;
}

export type Effort = "low" | "medium" | "high";

/** How long an agent thinks; `auto`: as complex as what it is asked. */
export type Thinking = "auto" | "instant" | "standard" | "extended";

/** What goes into a prompt of the values that its `${ }` give. Tokens are estimates: four characters each. */
export interface ContextWindow {
  /** Most tokens of the prompt; its fixed text and what `keep` names are never cut. */
  readonly budgetTokens?: number;
  /** Names or expressions whose values stay whole, and those whose values are left out. */
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
  /** Of lists the last so many items. */
  readonly window?: number;
  /** False: what looks like a secret stays in. */
  readonly secrets?: false;
  /** Longer values are told in short by an agent. */
  readonly summarize?: { readonly overTokens: number; readonly agent?: string; readonly model?: string };
  /** Longer values are put beside as files, which the prompt names. */
  readonly references?: { readonly overTokens: number };
}

/** What an agent is given for one step. */
export interface AgentGrants {
  /** Names of skills that it has to have, and of subagents that it may call. */
  readonly skills?: readonly string[];
  readonly subagents?: readonly string[];
  /** What becomes of a tool call that nothing allows: people are asked like this, or it is denied, as when it is absent. */
  readonly permissions?: "deny" | AskAction;
}

/** A slash command on an agent. */
export interface CommandAction extends AgentGrants {
  readonly kind: "command";
  readonly command: string;
  /** Template of the arguments. */
  readonly params: string;
  readonly agent?: string;
  /** As of the workflow. */
  readonly fallbackAgents?: readonly string[];
  readonly model?: string;
  /** How long the agent thinks; absent: as complex as the command is. */
  readonly effort?: Effort;
  readonly thinking?: Thinking;
  /** How complex the command says it is; set when it is loaded, where `thinking` asks for it. */
  readonly complexity?: "simple" | "medium" | "complex";
  readonly contextWindow?: ContextWindow;
  /** None of its tools reads files: no value becomes one for it. */
  readonly readsFiles?: false;
  /** Free values handed to the agent as context (dialect keys such as `scope`, `purpose`). */
  readonly context?: JsonObject;
  /** Template of what comes before the work, the same text on several steps: a provider's cache of prompts serves it. */
  readonly preamble?: string;
  readonly memory?: MemoryUse;
  /** MCP servers that the agent gets, by name. */
  readonly mcpServers?: Readonly<Record<string, McpServerSpec>>;
}
/** A shell line; only `${{ }}` is filled in, as environment. */
export interface RunAction {
  readonly kind: "run";
  readonly line: string;
  readonly cwd?: string;
}
/** A prompt to an agent. */
export interface AgentAction extends AgentGrants {
  readonly kind: "agent";
  readonly agent?: string;
  readonly fallbackAgents?: readonly string[];
  readonly prompt: string;
  readonly model?: string;
  readonly effort?: Effort;
  readonly thinking?: Thinking;
  readonly contextWindow?: ContextWindow;
  readonly readsFiles?: false;
  readonly tools?: readonly string[];
  /** As of a command. */
  readonly preamble?: string;
  readonly memory?: MemoryUse;
  /** MCP servers that the agent gets, by name. */
  readonly mcpServers?: Readonly<Record<string, McpServerSpec>>;
}
/** How an MCP server is reached; all texts are templates. */
export type McpServerSpec =
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> };
export interface HttpAction {
  readonly kind: "http";
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Template, or a JSON value with templates inside. */
  readonly body?: Json;
  /** Status codes that count as success; absent: 200–299. */
  readonly expect?: readonly number[];
}
/** A function registered by the embedding program. */
export interface FunctionAction {
  readonly kind: "function";
  readonly function: string;
  /** JSON with templates inside. */
  readonly args: Json;
}
/** A tool of an MCP server. */
export interface McpAction {
  readonly kind: "mcp";
  readonly server: string;
  readonly tool: string;
  /** An object with templates inside, or a template that gives one. */
  readonly args: Json;
  /** That server, by its name. */
  readonly mcpServers: Readonly<Record<string, McpServerSpec>>;
}
export type WaitAction =
  | { readonly kind: "wait"; readonly for: "duration"; readonly durationMs: number }
  | { readonly kind: "wait"; readonly for: "time"; readonly until: string }
  | { readonly kind: "wait"; readonly for: "signal"; readonly signal: string; readonly deadlineMs?: number }
  /** `until`: CEL over the blackboard around it. Over, too, when nothing more can come to that board meanwhile. */
  | { readonly kind: "wait"; readonly for: "board"; readonly until: string };
/** A value that is made of what other steps gave; nothing is done for it. */
export interface ValueAction {
  readonly kind: "value";
  /** JSON with templates inside. */
  readonly value: Json;
}
/** Nothing: what is checked before it are the gates of the whole run. */
export interface GatesAction {
  readonly kind: "gates";
}
/** Brings what the steps before it did in their tree into the one around it: its last gate does. Put there when the run begins. */
export interface LandAction {
  readonly kind: "land";
}
/** Nested steps. */
export interface ChainAction {
  readonly kind: "chain";
  readonly chain: Chain;
  /** How many of the steps must end well; the others are then stopped. Absent: all. */
  readonly join?: "any" | { readonly quorum: number };
  /** The steps are those of another workflow, which sees these inputs and no step around it. */
  readonly call?: Call;
  /** Its steps have a blackboard. */
  readonly board?: BoardRules;
  /** It is a swarm, of agents that are arranged so. */
  readonly swarm?: Topology;
}

/** How the agents of a swarm are arranged. */
export type Topology = "hierarchical" | "star" | "mesh" | "pipeline";

/** How another workflow is used. */
export interface Call {
  /** Its name. */
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Values of its inputs, with templates inside. */
  readonly with: JsonObject;
}

/** Another workflow as a run of its own, whose outcome is the step's: its log, its caps, its `resume`. */
export interface WorkflowAction {
  readonly kind: "workflow";
  readonly workflow: Workflow;
  /** Values of its inputs, with templates inside. */
  readonly with: JsonObject;
}

/** One of several ways is taken: that of the first case whose condition is true. */
export interface BranchAction {
  readonly kind: "branch";
  readonly ways: readonly Way[];
  /** Of the ways that may be taken, that is chosen which has worked best; else the first is taken. */
  readonly adaptive?: true;
  /** Of the ways that may be taken, that is chosen which has worked well and has the least to do now. */
  readonly balance?: true;
  /** `next`: when the way that was taken fails for good, the next of those that may be taken is. */
  readonly onFailure?: "next";
  /** Most ways that are taken, one after another; all of them when absent. */
  readonly maxTries?: number;
  /** False: what comes of its ways is not remembered. */
  readonly learning?: false;
}
export interface Way {
  /** `then`, `else`, or the name of the route. */
  readonly name: string;
  /** CEL; absent for the way that is taken when no other is. Such a way is the last. */
  readonly when?: string;
  /** How many may be on this way at once, where the ways are balanced: of all items and rounds of the same branch. */
  readonly atOnce?: number;
  /** No steps: nothing is done on this way. */
  readonly chain: Chain;
}

/**
 * Rounds of the same steps, one after another. Inside, and in `until`, the step's own name gives `last` (output of the
 * round before, null in the first) and `round` (from 1).
 */
export interface LoopAction {
  readonly kind: "loop";
  readonly chain: Chain;
  /** CEL, asked after every round; the loop ends well when it is true. Absent: `max` rounds. */
  readonly until?: string;
  /** Most rounds. */
  readonly max: number;
  /** Ends the loop when the number that `of` (CEL) gives has not grown for so many rounds. */
  readonly plateau?: { readonly of: string; readonly rounds: number };
  /** What the loop means when it ended without `until`: `fail`, or `accept` what there is. */
  readonly otherwise: "fail" | "accept";
}

/** The same steps for every item of a list, side by side. */
export interface EachAction {
  readonly kind: "each";
  /** Template that gives the list. */
  readonly items: string;
  /** Name of the item inside. */
  readonly as: string;
  /** CEL over the item that gives its name in addresses; absent: its position from 0. */
  readonly key?: string;
  /** Items at once; absent: as many as the run's `parallel` allows. */
  readonly concurrency?: number;
  readonly chain: Chain;
  /** Each item works in a tree of its own. Set when the run begins, by `withLanes`. */
  readonly lanes?: true;
}
