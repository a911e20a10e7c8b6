import type { Json } from "../expression/json.ts";
import type { Failure } from "./outcome.ts";

/** A way that was taken and failed. */
export interface TriedWay {
  readonly way: string;
  readonly error: Pick<Failure, "code" | "message">;
  /** What its steps gave all the same, by name. */
  readonly output: Json;
}

/** How far a branch had come, as the next life of the run has it. */
export interface KeptWay {
  /** The one that is taken again, if it may be taken still; null: none had been decided for. */
  readonly way: string | null;
  /** Those before it. */
  readonly tried: readonly TriedWay[];
}
