import type { BlockDraft, NameUse } from "../drafts.ts";
import type { Spot } from "../places.ts";
import type { Located } from "./loading.ts";

export interface BlockOptions {
  /** The form asks for the steps to run together (`parallel:`). */
  readonly parallel?: boolean;
  /** What holds when the block itself does not say whether independent steps run together. */
  readonly wherePossible?: boolean;
  /** The step whose output is that of the block, where it does not say so itself. */
  readonly gives?: NameUse;
  /** A way on which nothing is done. */
  readonly mayBeEmpty?: boolean;
}

/** An object that was read and has the keys of a block among others. */
export interface WrittenBlock {
  readonly leaves: { readonly parallel_where_possible?: boolean; readonly gives?: string };
  readonly whole: Located;
  part(key: "steps" | "error_strategy"): Located | undefined;
  spotOf(key: string): Spot;
}

/** Reads the blocks inside a step; handed down, because a block holds steps and a step holds blocks. */
export interface BlockReader {
  /** A list of steps, or an object with `steps`. */
  read(at: Located, options?: BlockOptions): BlockDraft;
  written(read: WrittenBlock, options?: BlockOptions): BlockDraft;
  /** A block of the one step that is written there. */
  single(step: Located): BlockDraft;
}
