import type { permissionsShape } from "./permission-shapes.ts";
import type { z } from "zod";
import type { Json, JsonObject } from "../expression/json.ts";
import type { contextWindowShape, memoryShape, referencesShape, summarizeShape } from "./context-shapes.ts";
import type { boardShape, postsShape } from "./board-shapes.ts";
import type {
  caseShape,
  conditionShape,
  escalationShape,
  flowShape,
  forEachShape,
  notifyShape,
  plateauShape,
  repeatShape,
  switchShape,
} from "./container-shapes.ts";
import type {
  coverageShape,
  duplicationShape,
  filesShape,
  gateShape,
  judgeShape,
  schemaGateShape,
  secretsShape,
} from "./gate-shapes.ts";
import type {
  chainShape,
  httpShape,
  limitsShape,
  stepLimitsShape,
  retryShape,
  Shape,
  stepShape,
  undoShape,
  waitShape,
  workflowShape,
} from "./shapes.ts";
import type { PipelineDefinition } from "./pipeline-definition.ts";
import type { mcpServerShape, mcpShape } from "./mcp-shapes.ts";
import type {
  coordinationShape,
  decisionShape,
  executionShape,
  ofTurns,
  swarmAgentShape,
  swarmShape,
} from "./swarm-shapes.ts";
import type { tallyJudgeShape, tallyShape, voteRuleShape } from "./tally-shapes.ts";
import type { installShape, mergeShape, workspaceShape } from "./workspace-shapes.ts";

type Leaves<S extends Shape> = { readonly [K in keyof S["leaves"]]?: z.input<S["leaves"][K]> };

/** A workflow as an author writes it: the canonical form, as a TypeScript object. */
export interface WorkflowDefinition extends Leaves<typeof workflowShape> {
  readonly inputs?: Readonly<Record<string, string | JsonObject>>;
  readonly limits?: Leaves<typeof limitsShape>;
  readonly context_window?: ContextWindowDefinition;
  readonly memory?: MemoryDefinition;
  readonly mcp_servers?: Readonly<Record<string, Leaves<typeof mcpServerShape>>>;
  readonly workspace?: z.input<typeof workspaceShape.leaves.mode> | WorkspaceDefinition;
  /** The steps; a workflow has this, `flow`, `swarm` or `pipeline`. */
  readonly chain?: BlockDefinition;
  readonly flow?: FlowDefinition;
  readonly swarm?: SwarmDefinition;
  readonly pipeline?: PipelineDefinition;
  /** Checked when all steps have ended well. */
  readonly gates?: GateDefinition | readonly GateDefinition[];
  /** How all that it did is taken back. */
  readonly undo?: string | UndoDefinition;
}

export type ContextWindowDefinition =
  | number
  | string
  | (Leaves<typeof contextWindowShape> & {
      readonly summarize?: Leaves<typeof summarizeShape>;
      readonly references?: Leaves<typeof referencesShape>;
    });

export type MemoryDefinition = string | Leaves<typeof memoryShape>;

export interface WorkspaceDefinition extends Leaves<typeof workspaceShape> {
  readonly install?: string | Leaves<typeof installShape>;
  readonly merge?: Leaves<typeof mergeShape>;
}

export type BlockDefinition = ChainDefinition | readonly StepDefinition[];

export interface ChainDefinition extends Leaves<typeof chainShape> {
  readonly steps: readonly StepDefinition[];
  readonly error_strategy?: StrategyDefinition;
}

export type StrategyDefinition = "stop" | "continue_on_failure" | { readonly fallback: string };

export type GateDefinition =
  | string
  | (Leaves<typeof gateShape> & {
      readonly coverage?: Leaves<typeof coverageShape>;
      readonly files?: Leaves<typeof filesShape>;
      readonly secrets?: Leaves<typeof secretsShape>;
      readonly schema?: Leaves<typeof schemaGateShape> & { readonly is?: string | JsonObject };
      readonly judge?: string | Leaves<typeof judgeShape>;
      readonly duplication?: string | Leaves<typeof duplicationShape>;
      readonly otherwise?: Json;
      readonly escalate?: "default" | readonly EscalationDefinition[];
    });

export interface StepDefinition extends Leaves<typeof stepShape> {
  /** How its work is taken back when the run fails: a shell line, or what to do. */
  readonly undo?: string | UndoDefinition;
  readonly retry?: number | Leaves<typeof retryShape>;
  readonly limits?: Leaves<typeof stepLimitsShape>;
  readonly context_window?: ContextWindowDefinition;
  readonly memory?: MemoryDefinition;
  readonly permissions?:
    | "ask"
    | "deny"
    | (Leaves<typeof permissionsShape> & {
        readonly otherwise?: Json;
        readonly escalate?: "default" | readonly EscalationDefinition[];
      });
  readonly error_strategy?: StrategyDefinition;
  /** JSON Schema of the output. */
  readonly output?: JsonObject;
  readonly before?: GateDefinition | readonly GateDefinition[];
  readonly gates?: GateDefinition | readonly GateDefinition[];
  readonly http?: string | Leaves<typeof httpShape>;
  readonly mcp?: string | Leaves<typeof mcpShape>;
  readonly wait?: number | string | Leaves<typeof waitShape>;
  readonly chain?: BlockDefinition;
  readonly steps?: readonly StepDefinition[];
  readonly parallel?: true | "all" | "any" | { readonly join: JoinDefinition };
  readonly with?: Json;
  readonly args?: Json;
  readonly value?: Json;
  readonly blackboard?: true | BlackboardDefinition;
  readonly board?: Leaves<typeof boardShape> & { readonly posts?: Leaves<typeof postsShape> };
  readonly flow?: FlowDefinition;
  /** Agents that work on one task together. */
  readonly swarm?: SwarmDefinition;
  /** Records that go from a source through stages into sinks. */
  readonly pipeline?: PipelineDefinition;
  /** A count of votes. */
  readonly tally?: TallyDefinition;
  readonly switch?: SwitchDefinition;
  readonly repeat?: number | RepeatDefinition;
  readonly for_each?: string | readonly Json[] | ForEachDefinition;
  /** Shape of the answer to a question: a type, the answers there are, or a JSON Schema. */
  readonly answer?: string | readonly Json[] | JsonObject;
  /** The answer that is taken at the deadline; of an approval `approve` or `reject`. */
  readonly otherwise?: Json;
  readonly escalate?: "default" | readonly EscalationDefinition[];
}

export interface SwarmDefinition extends Leaves<typeof swarmShape> {
  /** By name; `null` where the name says all. */
  readonly agents: Readonly<Record<string, SwarmAgentDefinition | null>>;
  readonly coordination?: Leaves<typeof coordinationShape> & {
    readonly conflict_resolution?: RuleDefinition;
  };
  readonly execution?: Leaves<typeof executionShape>;
  readonly decision?: Leaves<typeof decisionShape> & { readonly options?: string | readonly VoteOption[] };
  /** JSON Schema of what is written on the blackboard under each topic. */
  readonly topics?: Readonly<Record<string, JsonObject>>;
  /** JSON Schema of the answer of the whole swarm. */
  readonly output?: JsonObject;
  readonly context_window?: ContextWindowDefinition;
  readonly memory?: MemoryDefinition;
  readonly thinking?: z.input<typeof stepShape.leaves.thinking>;
}

export interface SwarmAgentDefinition
  extends Leaves<typeof swarmAgentShape>, Pick<StepDefinition, (typeof ofTurns)[number] | "output"> {}

export type RuleDefinition =
  | VoteRuleName
  | { readonly [K in VoteRuleName | "weighted"]?: VoteRuleDefinition }
  | OneVoteRule;

export interface TallyDefinition extends Leaves<typeof tallyShape>, TieDefinition {
  /** A template, or values with templates inside. */
  readonly votes?: Json;
  readonly rule?: RuleDefinition;
  readonly options?: string | readonly VoteOption[];
  readonly barred?: string | readonly VoteOption[];
  /** What another tally gave. */
  readonly of?: Json;
  readonly rulings?: { readonly judge?: Json; readonly human?: Json };
}

type VoteOption = string | number | boolean;
type VoteRuleName = "majority" | "unanimous" | "ranked" | "consensus" | "voting";

interface OneVoteRule {
  readonly quorum?: number | VoteRuleDefinition;
  readonly veto?: string | readonly string[] | VoteRuleDefinition;
  readonly priority?: string | readonly string[] | VoteRuleDefinition;
}

export interface VoteRuleDefinition extends Leaves<typeof voteRuleShape>, TieDefinition {}

interface TieDefinition {
  /** `judge`, `human`, `fail`, or the option that is taken. */
  readonly tie?: VoteOption;
  readonly judge?: string | Leaves<typeof tallyJudgeShape>;
}

export interface BlackboardDefinition {
  readonly resolve?: "latest" | "first" | "none" | RuleDefinition;
  /** JSON Schema of the values under each topic. */
  readonly topics?: Readonly<Record<string, JsonObject>>;
}

export interface UndoDefinition extends Leaves<typeof undoShape> {
  readonly retry?: number | Leaves<typeof retryShape>;
  readonly http?: string | Leaves<typeof httpShape>;
  readonly with?: Json;
  readonly args?: Json;
}

export type JoinDefinition = "all" | "any" | { readonly quorum: number };

export type FlowDefinition =
  | readonly ConditionDefinition[]
  | (Leaves<typeof flowShape> & { readonly conditions: readonly ConditionDefinition[] });

export interface ConditionDefinition extends Leaves<typeof conditionShape> {
  readonly then: BlockDefinition;
  readonly else?: BlockDefinition;
}

export interface SwitchDefinition extends Leaves<typeof switchShape> {
  readonly cases: Readonly<Record<string, readonly StepDefinition[] | CaseDefinition>>;
  readonly default?: BlockDefinition;
}

export interface CaseDefinition extends Leaves<typeof caseShape> {
  readonly steps: readonly StepDefinition[];
  readonly error_strategy?: StrategyDefinition;
}

export interface RepeatDefinition extends Leaves<typeof repeatShape> {
  readonly plateau?: Leaves<typeof plateauShape>;
}

export interface ForEachDefinition extends Leaves<typeof forEachShape> {
  readonly items: string | readonly Json[];
}

export interface EscalationDefinition extends Leaves<typeof escalationShape> {
  readonly notify: "terminal" | "desktop" | Leaves<typeof notifyShape>;
}
