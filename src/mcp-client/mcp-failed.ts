import type { Failure } from "../core/outcome.ts";

/** What went wrong between tutti and a server. */
export class McpFailed extends Error {
  override readonly name = "McpFailed";
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}
