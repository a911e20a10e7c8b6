import type { ErrorCode } from "../errors.ts";

/** Failures that a change of the workflow's file may mend. */
const mendable: ReadonlySet<ErrorCode> = new Set([
  "BAD_VALUE",
  "EXPRESSION_FAILED",
  "EXPRESSION_TYPE",
  "EXPRESSION_TOO_COSTLY",
  "UNKNOWN_COMMAND",
  "COMMAND_DEPENDENCY",
  "ARGUMENTS_INVALID",
  "COMMAND_FAILED",
  "OUTPUT_SHAPE",
  "OUTPUT_TOO_LARGE",
  "TIMEOUT",
  "IDLE",
  "AGENT_FAILED",
  "AGENT_DENIED",
  "COMMAND_NOT_EXPANDED",
  "HTTP_FAILED",
  "FUNCTION_FAILED",
  "MCP_UNAVAILABLE",
  "MCP_FAILED",
  "UNKNOWN_TOOL",
  "GATE_FAILED",
  "NO_DECISION",
  "REPLAY_MISS",
  "FILE_NOT_FOUND",
  "FILE_UNREADABLE",
  "SOURCE_UNREADABLE",
  "SINK_FAILED",
  "BUFFER_OVERFLOW",
  "UNSUPPORTED",
]);

export function isMendable(code: ErrorCode | undefined): boolean {
  return code !== undefined && mendable.has(code);
}
