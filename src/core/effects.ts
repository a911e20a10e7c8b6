import type { Json, JsonObject } from "../expression/json.ts";
import type { GateLevel } from "../language/gate.ts";
import type { Sink, Source } from "../language/pipeline.ts";
import type { AgentGrants, Effort, McpServerSpec } from "../language/workflow.ts";
import type { AgentTask, DecidedCall } from "../ports/agent.ts";
import type { ContextFile, ContextSummary } from "./context-record.ts";
import type { GateCheck, GateSubject, ShellText } from "./gate-check.ts";
import type { MemoryPolicy } from "./memory.ts";
import type { WorkspacePolicy } from "./workspace.ts";

export interface GateRef {
  readonly when: "before" | "after";
  readonly index: number;
  readonly name: string;
  readonly level: GateLevel;
}

/** What an agent is given for it, and what a person has decided about a call of it. */
export interface RequestGrants extends Pick<AgentGrants, "skills" | "subagents"> {
  readonly permissions?: "ask" | "deny";
  readonly decided?: DecidedRequest;
}

/** `effect`: the attempt whose session stopped before the call, and goes on. */
export interface DecidedRequest extends DecidedCall {
  readonly effect: string;
}

/** How MCP servers are reached, by name; secrets in their environments, URLs and headers are markers. */
export type McpServers = Readonly<Record<string, McpServerSpec>>;

/** A step's action with every template filled in. Secrets are still markers (`secretMarker`). */
export type Request =
  | ({
      readonly kind: "command";
      readonly command: string;
      readonly arguments: string;
      readonly agent: string;
      readonly model?: string;
      readonly effort?: Effort;
      readonly context?: JsonObject;
      readonly preamble?: string;
      /** Put in by who performs it. */
      readonly memory?: AgentTask["memory"];
      readonly files?: readonly ContextFile[];
      readonly summaries?: readonly ContextSummary[];
      readonly feedback?: string;
      readonly claims?: readonly string[];
      readonly mcpServers?: McpServers;
    } & RequestGrants)
  | {
      readonly kind: "run";
      readonly shell: ShellText;
      readonly cwd?: string;
      readonly feedback?: string;
      /** Its standard input; absent: it has none. */
      readonly stdin?: string;
    }
  | ({
      readonly kind: "agent";
      readonly agent: string;
      readonly prompt: string;
      readonly model?: string;
      readonly effort?: Effort;
      readonly tools?: readonly string[];
      readonly preamble?: string;
      /** Put in by who performs it. */
      readonly memory?: AgentTask["memory"];
      readonly files?: readonly ContextFile[];
      readonly summaries?: readonly ContextSummary[];
      readonly feedback?: string;
      readonly claims?: readonly string[];
      readonly mcpServers?: McpServers;
    } & RequestGrants)
  | {
      readonly kind: "http";
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Json;
      readonly expect?: readonly number[];
    }
  | {
      readonly kind: "mcp";
      readonly server: string;
      readonly tool: string;
      readonly args: Json;
      readonly mcpServers: McpServers;
    }
  | {
      readonly kind: "function";
      readonly function: string;
      readonly args: Json;
      /** JSON texts; the function gets their values as one more argument, `batch`. */
      readonly batch?: readonly string[];
    }
  | {
      readonly kind: "workflow";
      readonly workflow: string;
      /** Id of the run that does it. */
      readonly child: string;
      readonly inputs: JsonObject;
      /** What that run did is to be taken back. */
      readonly undo?: true;
    }
  | {
      readonly kind: "pipeline";
      /** Names the stream of its records; runs that do batches of it are named after it. */
      readonly child: string;
      /** Shell lines and the template of a list are as written. */
      readonly source: Source;
      /** What may be over records is a template still, and so are shell lines. */
      readonly sinks: readonly Sink[];
      /** What its expressions read besides records, by name. */
      readonly scope: JsonObject;
    };

/** Of a step that is done by something with a name of its own, which may wait and is found again after a crash. */
export type ChildRequest = Extract<Request, { readonly kind: "workflow" | "pipeline" }>;

/** True for the request of such a step. */
export function isOfChild(request: Request): request is ChildRequest {
  return request.kind === "workflow" || request.kind === "pipeline";
}

/**
 * What the outside owes a run. `id` names it for ever: the first outcome counts, later ones are dropped.
 * `perform`: do the request. `gate`: make the gate's check. `timer`: send `{type: "timer"}` at `dueAt`.
 */
export type Effect =
  | {
      readonly type: "perform";
      readonly id: string;
      readonly address: string;
      readonly attempt: number;
      readonly request: Request;
      readonly policy: EffectPolicy;
    }
  | {
      readonly type: "gate";
      readonly id: string;
      readonly address: string;
      readonly attempt: number;
      readonly gate: GateRef;
      /** Which ask of a judge in this attempt it is, when those before it were in vain. */
      readonly ask?: number;
      readonly check: GateCheck;
      readonly subject: GateSubject;
      readonly policy: EffectPolicy;
    }
  | { readonly type: "timer"; readonly id: string; readonly dueAt: number };

/** What all runs of a project together hold to. */
export interface SpendingPolicy {
  /** What the attempt will probably cost; absent: nobody knows. */
  readonly predictedUsd?: number;
  readonly dayUsd?: number;
  /** Caps are only told. */
  readonly audit?: true;
}

/** What the one who performs an effect must hold to. */
export interface EffectPolicy {
  readonly timeoutMs?: number;
  readonly idleMs?: number;
  readonly outputBytes: number;
  readonly schema?: JsonObject;
  /** Environment of the step, secrets still as markers. */
  readonly env: Readonly<Record<string, string>>;
  readonly cacheMs?: number;
  readonly reads: readonly string[];
  /** What is left of the money cap; an agent that can stop itself gets it. */
  readonly remainingUsd: number;
  /** Of an agent that judges, or whose prompt wants summaries: how often agents may be asked for it, where caps on agents allow less. */
  readonly mostAsks?: number;
  /** Of an agent: what the ledger of the day has to know. */
  readonly spending?: SpendingPolicy;
  /** The outcome must say what lay at the changed paths before: a gate looks at what the step changed. */
  readonly filesBefore?: true;
  /** The attempt was begun by an earlier process, and this artifact says what lay in the folder then. */
  readonly filesAtStart?: string;
  /** Of an agent that does the work of a step. */
  readonly memory?: MemoryPolicy;
  /** The working tree that it works in; absent: the project's folder, and nothing is kept of it. */
  readonly workspace?: WorkspacePolicy;
  /** The shell line of the step as written, where values stand in it; a gate has its own. */
  readonly written?: string;
  /** The step as written, for the cache's key. */
  readonly definition: Json;
}

/** How a secret stands in a rendered text: only the performer, which knows the run's seed, puts the value in. */
export function secretMarker(seed: string, name: string): string {
  return `\u27e8secret:${seed}:${name}\u27e9`;
}
