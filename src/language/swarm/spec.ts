import type { Json, JsonObject } from "../../expression/json.ts";
import type { Located } from "../read/loading.ts";
import type { BoardResolve } from "../boards.ts";
import type { Topology } from "../workflow.ts";

/**
 * When an agent sees what others wrote on the blackboard. `synchronous`: those who work at the same time see nothing of each
 * other before all of them are done. `asynchronous`: whatever is there when it begins. `event_driven`: so too, and it begins
 * when what it needs, or something new, is there.
 */
export type Communication = "event_driven" | "synchronous" | "asynchronous";

/** Whose entries an agent sees: everyone's; those of who leads it, and who leads sees all; only its own. */
export type StateSharing = "global" | "hierarchical" | "local";

/** What it means for the swarm when an agent fails for good. */
export type Impact = "critical" | "major" | "minor";

/** A swarm as its author means it: every alias spelled out, every default in place. */
export interface SwarmSpec {
  readonly topology: Topology;
  /** Where the task stands; absent: the roles of the agents say all. */
  readonly task?: Located;
  /** Who leads: the coordinator, or the hub. Of a mesh and a pipeline nobody does. */
  readonly leader?: SwarmAgent;
  /** Who makes the result of what the others did, where that is not the leader. */
  readonly aggregator?: SwarmAgent;
  /** Who decides where votes leave it open. */
  readonly judge?: SwarmAgent;
  /** All others, in the order of the file. */
  readonly members: readonly SwarmAgent[];
  readonly communication: Communication;
  readonly sharing: StateSharing;
  /** The rule of decisions as it is written, for the reader of `tally:`. */
  readonly rule?: Located;
  /** Whoever votes ranks what there is, the best first. */
  readonly ranked: boolean;
  readonly resolve: BoardResolve;
  readonly limits: SwarmLimits;
  readonly decision?: SwarmDecision;
  readonly topics?: Located;
  /** JSON Schema of the answer of the whole swarm. */
  readonly output?: Located;
  /** Keys of a step that all turns get which do not say otherwise. */
  readonly shared: Readonly<Record<string, Located>>;
}

export interface SwarmLimits {
  /** Agents at work at once. */
  readonly parallel?: number;
  readonly timeoutMs?: number;
  readonly backoff: "exponential" | "constant" | "none";
  /** Rounds of a star or a mesh. */
  readonly rounds: number;
  /** Agents that may try the same piece of work one after another. */
  readonly tries: number;
}

export interface SwarmDecision {
  readonly question: string;
  /** A list, or a template that gives one; absent: whose answer is taken. */
  readonly options?: Located;
  readonly blind: boolean;
}

export interface SwarmAgent {
  readonly name: string;
  /** Where it stands. */
  readonly at: Located;
  readonly role: string;
  readonly capabilities: readonly string[];
  /** Names of agents that take over, the first before the others. */
  readonly backup: readonly string[];
  readonly impact: Impact;
  readonly atOnce?: number;
  /** It stands for whatever specialist a piece of work needs. */
  readonly dynamic: boolean;
  /** Instructions of its own. */
  readonly prompt?: Located;
  readonly command?: Located;
  /** Tools in the words of a step. */
  readonly tools?: readonly string[];
  /** JSON Schema of what it answers. */
  readonly output?: JsonObject;
  /** Keys of a step that its turns get as they stand. */
  readonly own: Readonly<Record<string, Located>>;
}

/** A step in canonical form while it is made. */
export type Made = Record<string, Json>;
