import type { JsonObject } from "../expression/json.ts";
import type { PipelineAction, Stage, StageWork } from "./pipeline.ts";
import type { Spot } from "./places.ts";
import type { Range } from "./source-text.ts";
import type {
  Action,
  BranchAction,
  Chain,
  ChainAction,
  EachAction,
  ErrorStrategy,
  InputSpec,
  Limits,
  LoopAction,
  MemoryUse,
  Need,
  Step,
  Way,
  Workflow,
} from "./workflow.ts";

/** A workflow that was read but whose names are not yet checked. */
export interface WorkflowDraft {
  readonly head: Omit<Workflow, "chain" | "inputs" | "env" | "limits" | "resources">;
  readonly inputs: ReadonlyMap<string, InputSpec>;
  readonly env: Readonly<Record<string, string>>;
  readonly envTexts: readonly TextUse[];
  readonly agent?: NameUse;
  /** The other agents that it names. */
  readonly backups?: readonly NameUse[];
  readonly limits: Limits;
  readonly resources: Map<string, number>;
  /** Of the steps that ask agents and say nothing of it. */
  readonly memory?: MemoryUse;
  readonly block: BlockDraft;
}

export interface BlockDraft {
  readonly steps: StepDraft[];
  readonly parallelWherePossible: boolean;
  readonly parallelAlways?: true;
  readonly errorStrategy: ErrorStrategy;
  readonly fallback?: NameUse;
  /** The step of it whose output is its own. */
  readonly gives?: NameUse;
  /** Of a whole workflow: what takes back all that it did, as the `undo` of a step that is none. */
  undoing?: StepDraft;
  /** The step that holds this block; set as soon as that step is made. */
  owner?: StepDraft;
  /** Filled when all names are known. */
  readonly byName: Map<string, StepDraft>;
}

export interface StepDraft {
  name: string;
  /** False while the step has no name of its own. */
  readonly named: boolean;
  readonly nameSpot: Spot;
  readonly spot: Spot;
  readonly index: number;
  readonly block: BlockDraft;
  readonly action: SimpleAction | ContainerDraft | CallDraft | PipelineDraft;
  /** Where a `for_each` names its item. */
  readonly itemSpot?: Spot;
  /** Where it says that it works elsewhere than its run. */
  readonly workspaceSpot?: Spot;
  readonly body: Omit<Step, "name" | "action" | "needs" | "uses">;
  readonly dependsOn: readonly NameUse[];
  readonly fallback?: NameUse;
  readonly uses: readonly NameUse[];
  readonly locks: readonly NameUse[];
  readonly reads: readonly NameUse[];
  readonly writes: readonly NameUse[];
  readonly texts: readonly TextUse[];
  /** Commands, agents and functions that are named. */
  readonly callees: readonly Callee[];
  /** By name of the needed step; filled by the checks. */
  readonly needs: Map<string, Need>;
  /** Where each of them is first named; a conflict has no place. */
  readonly needSpots: Map<string, NeedSpot>;
}

export type SimpleAction = Exclude<
  Action,
  ChainAction | BranchAction | LoopAction | EachAction | PipelineAction
>;

/** Steps that hold blocks of steps. */
export type ContainerDraft =
  | Holding<Omit<ChainAction, "chain">>
  | (Omit<BranchAction, "ways"> & { readonly ways: readonly WayDraft[] })
  | Holding<Omit<LoopAction, "chain">>
  | Holding<Omit<EachAction, "chain">>;

/** Another workflow, which was read by itself. */
export interface CallDraft {
  readonly kind: "call";
  readonly workflow: Workflow;
  readonly with: JsonObject;
  /** Where it is named. */
  readonly at: Spot;
  /** Its steps are not those of this run: it is a run of its own. */
  readonly apart?: true;
}

/** What some stages do is steps, which see the records of a batch and what the pipeline sees. */
export type PipelineDraft = Omit<PipelineAction, "stages"> & { readonly stages: readonly StageDraft[] };

export type StageDraft = Omit<Stage, "work"> & { readonly work?: StageWorkDraft };

export type StageWorkDraft =
  | Exclude<StageWork, { readonly kind: "workflow" }>
  | Holding<{ readonly kind: "workflow"; readonly into?: string }>;

/** Names that the steps of a stage see: the records of the batch, and the first of them. */
export const batchNames: readonly string[] = ["record", "batch"];

type Holding<A> = A & { readonly block: BlockDraft };

export type WayDraft = Omit<Way, "chain"> & { readonly block: BlockDraft };

const noBlocks: readonly BlockDraft[] = [];

/** The blocks that a step holds, in file order. */
export function blocksIn({ action }: StepDraft): readonly BlockDraft[] {
  switch (action.kind) {
    case "chain":
    case "loop":
    case "each":
      return [action.block];
    case "branch":
      return action.ways.map((way) => way.block);
    case "pipeline":
      return action.stages.flatMap(({ work }) => (work?.kind === "workflow" ? [work.block] : []));
    default:
      return noBlocks;
  }
}

/** A place, or a part of the text that stands there. */
export interface NeedSpot {
  readonly at: Spot;
  readonly inside?: { readonly value: string; readonly range: Range };
}

/** A name (or glob) as it was written somewhere. */
export interface NameUse {
  readonly name: string;
  readonly spot: Spot;
}

export interface Callee extends NameUse {
  readonly kind: "command" | "agent" | "function";
}

/**
 * A text that may hold expressions. `offset`: where `text` begins in the value that stands at the spot. `where`
 * decides what it may name: `private` texts (environment, HTTP) may hold secrets, gates may name their own step, `round`
 * texts are asked after a round of their own loop, `key` texts of each item of their own `for_each`.
 */
export interface TextUse {
  readonly text: string;
  readonly value: string;
  readonly offset: number;
  readonly spot: Spot;
  readonly language: "template" | "shell" | "expression";
  readonly where: "step" | "private" | "when" | "before" | "gate" | "round" | "key" | "workflow";
  /** What the expression must give; absent: true or false, if it is an expression. */
  readonly gives?: "number" | "list" | "value";
  /** The key it stands at, for messages; absent: `when` or `check`. */
  readonly key?: string;
  /** It is filled in only when its step has ended well, so that it may name it. */
  readonly ended?: true;
  /** It says whether a way of its step may be taken. */
  readonly way?: true;
  /** What it sees besides, by these names: the records of a pipeline. */
  readonly names?: readonly string[];
  /** And nothing else. */
  readonly only?: true;
  /** Conditions made of this text, each of which begins with it in parentheses. */
  readonly compared?: readonly string[];
}

export function emptyBlock(): BlockDraft {
  return { steps: [], parallelWherePossible: false, errorStrategy: "stop", byName: new Map() };
}

/** A finished chain, given the finished steps of each block. */
export function chainOf(block: BlockDraft, steps: readonly Step[]): Chain {
  const { parallelWherePossible, parallelAlways, errorStrategy, gives } = block;
  const undo = block.undoing?.body.undo;
  return {
    steps,
    parallelWherePossible,
    ...(parallelAlways ? { parallelAlways } : {}),
    errorStrategy,
    ...(gives ? { gives: gives.name } : {}),
    ...(undo ? { undo } : {}),
  };
}
