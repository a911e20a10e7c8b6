import type { JsonObject } from "../expression/json.ts";
import type { AskAction } from "./asking.ts";
import type { ConflictStrategy } from "./workspace.ts";

/** `advisory`: noted only. `blocking`: fails the step. `maximum`: fails it, and no error strategy tolerates it. */
export type GateLevel = "advisory" | "blocking" | "maximum";

/** What every gate has. `retry`: how often the step runs again with what the gate said. */
interface AnyGate {
  readonly name: string;
  readonly level: GateLevel;
  readonly retry: number;
}

/** A check of what a step did, or of what it would find. */
export type Gate =
  | RunGate
  | CheckGate
  | ClaimGate
  | CoverageGate
  | FilesGate
  | SecretsGate
  | SchemaGate
  | HumanGate
  | JudgeGate
  | LandingGate;

/** A shell line whose exit status decides. */
export interface RunGate extends AnyGate {
  readonly kind: "run";
  readonly line: string;
  readonly timeoutMs?: number;
}

/** CEL that must be true. */
export interface CheckGate extends AnyGate {
  readonly kind: "check";
  readonly expression: string;
}

/**
 * The step's own report `output.quality_metrics.<name>` must be true (for the prose gates of older dialects; marked
 * self-reported).
 */
export interface ClaimGate extends AnyGate {
  readonly kind: "claim";
}

/** A coverage report must show at least so many percent. */
export interface CoverageGate extends AnyGate {
  readonly kind: "coverage";
  /** Template. */
  readonly file: string;
  /** Absent: told from what is in the file. */
  readonly format?: CoverageFormat;
  readonly minimum: CoverageMinimum;
}

export type CoverageFormat = "lcov" | "cobertura" | "istanbul";
export type CoverageMetric = "lines" | "branches" | "functions" | "statements";
/** Percentages from 0 to 100; at least one. */
export type CoverageMinimum = { readonly [Metric in CoverageMetric]?: number };

/** Limits on which files a step changed. */
export interface FilesGate extends AnyGate, FileLimits {
  readonly kind: "files";
}

export interface FileLimits {
  /** Most files changed, created ones among them; most files created. */
  readonly changed?: number;
  readonly created?: number;
  /** Globs: every changed file must fit one of them. */
  readonly allow?: readonly string[];
  /** Globs: no changed file may fit one of them. */
  readonly forbid?: readonly string[];
  /** Globs: for each of them some changed file must fit. */
  readonly require?: readonly string[];
}

/** No file may hold what looks like a key, a token or a password. */
export interface SecretsGate extends AnyGate {
  readonly kind: "secrets";
  /** The files that the step changed, or those that fit globs. */
  readonly in: "changed" | readonly string[];
  /** RE2: what fits one of them is none. */
  readonly allow: readonly string[];
}

/** A value must have the shape that a JSON Schema says. */
export interface SchemaGate extends AnyGate {
  readonly kind: "schema";
  /** A JSON or YAML file (template), or CEL that gives the value. */
  readonly of: { readonly file: string } | { readonly expression: string };
  /** A JSON Schema, or the file (template) that holds one. */
  readonly is: { readonly schema: JsonObject } | { readonly file: string };
}

/** People must say yes, asked as an approval step asks them. */
export interface HumanGate extends AnyGate {
  readonly kind: "human";
  readonly ask: AskAction;
}

/** Another agent must find that it holds. */
export interface JudgeGate extends AnyGate {
  readonly kind: "judge";
  readonly question: JudgeQuestion;
  /** Absent: the agent of the steps that name none. */
  readonly agent?: string;
  readonly model?: string;
  /** Least score, 0 to 100; absent: that it passes is enough. */
  readonly threshold?: number;
  readonly timeoutMs?: number;
}

/** What a judge is asked; the texts are templates. `duplication`: whether there is already what does the same. */
export type JudgeQuestion =
  | { readonly about: "criteria"; readonly criteria: readonly string[]; readonly prompt?: string }
  | { readonly about: "duplication"; readonly criterion: string };

/**
 * What was done in a working tree of its own must come into the tree it was made from. Put behind all other gates by the loader;
 * nobody writes it.
 */
export interface LandingGate extends AnyGate {
  readonly kind: "landing";
  readonly strategy: ConflictStrategy;
  readonly by: "rebase" | "merge";
  /** `declared`: not before what stands before it in its block has ended. */
  readonly order: "finished" | "declared";
  /** Of the strategy `human`: how people are asked. */
  readonly ask?: AskAction;
}
