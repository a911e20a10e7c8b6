import type { Json, JsonObject } from "../expression/json.ts";
import type { CoverageFormat, CoverageMinimum, FileLimits, JudgeQuestion } from "../language/gate.ts";
import type { ConflictStrategy } from "../language/workspace.ts";

/** A shell line and the values it reads, which travel as environment and never as text. */
export interface ShellText {
  readonly line: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What a gate looks at, with every template filled in. Paths are relative to the working directory. */
export type GateCheck =
  | { readonly kind: "shell"; readonly shell: ShellText }
  | {
      readonly kind: "coverage";
      readonly file: string;
      readonly format?: CoverageFormat;
      readonly minimum: CoverageMinimum;
    }
  | ({ readonly kind: "files" } & FileLimits)
  | {
      readonly kind: "secrets";
      readonly in: "changed" | readonly string[];
      readonly allow: readonly string[];
    }
  | {
      readonly kind: "schema";
      readonly of: { readonly file: string } | { readonly value: Json; readonly expression: string };
      readonly is: { readonly schema: JsonObject } | { readonly file: string };
    }
  | {
      readonly kind: "judge";
      readonly agent: string;
      readonly model?: string;
      readonly question: JudgeQuestion;
      readonly threshold?: number;
    }
  /** What is in the tree of the effect's policy comes into the one around it. */
  | { readonly kind: "landing"; readonly strategy: ConflictStrategy; readonly by: "rebase" | "merge" };

/** The attempt that a gate looks at the work of; nothing is known of it before the first. */
export interface GateSubject {
  /** When the attempt was started; ms since the epoch. */
  readonly since?: number;
  /**
   * Every path that an attempt of the step changed, with the signature of what lay there before the first that did ("":
   * nothing). Absent where not every change is known.
   */
  readonly filesBefore?: Readonly<Record<string, string>>;
  /** For whoever judges. */
  readonly work?: GateWork;
}

/** What was asked for, what came of it, and the agents that did it. */
export interface GateWork {
  readonly asked?: string;
  readonly output?: Json;
  /** Of a whole run: what each of its steps answered. */
  readonly steps?: readonly { readonly name: string; readonly output: Json }[];
  /** As the one who did it keeps account of them. */
  readonly changedFiles?: readonly string[];
  readonly agents?: readonly string[];
}
