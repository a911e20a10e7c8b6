import type { ErrorCode } from "../../errors.ts";
import type { Failure } from "../outcome.ts";

const storeFaults: ReadonlySet<ErrorCode> = new Set([
  "STORE_FULL",
  "STORE_LOCKED",
  "STORE_DAMAGED",
  "STORE_VERSION",
]);

/**
 * True for a failure of tutti's own store, which says nothing about the step: no error strategy is asked about it and
 * no gate has failed by it. The run stops, and the step runs again when it is resumed.
 */
export function isStoreFault(failure: Pick<Failure, "code"> | undefined): boolean {
  return failure !== undefined && storeFaults.has(failure.code);
}
