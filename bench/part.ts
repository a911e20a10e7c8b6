import type { Figure } from "./figures.ts";

/** What a part may use. */
export interface BenchContext {
  /** An empty folder of this part, removed afterwards. */
  readonly dir: string;
  /** Root of the repository. */
  readonly root: string;
  /** Folder of the corpora; it may not exist. */
  readonly corpora: string;
  /** Tells a person how far it is. */
  readonly tell: (line: string) => void;
}

export type PartResult =
  | { readonly figures: readonly Figure[] }
  /** Why it could not be measured here. */
  | { readonly skipped: string };

export type MeasurePart = (context: BenchContext) => Promise<PartResult>;

export interface Part {
  readonly name: string;
  /** One line: what is measured. */
  readonly what: string;
  /** Loaded only when it is measured, so that one part does not weigh on another's memory and start-up. */
  readonly load: () => Promise<MeasurePart>;
}
