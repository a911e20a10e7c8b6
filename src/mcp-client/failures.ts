import { stripVTControlCharacters } from "node:util";
import type { Failure } from "../core/outcome.ts";
import { messageOf } from "../errors.ts";
import type { ProcessResult } from "../ports/processes.ts";
import { McpFailed } from "./mcp-failed.ts";
import type { Sdk } from "./sdk.ts";

export interface Trouble {
  readonly sdk: Sdk;
  /** "reach the MCP server "x"", "call "tool" of the MCP server "x"". */
  readonly doing: string;
  /** How the server's program ended, when it is one and has. */
  readonly result: ProcessResult | undefined;
  /** Why we have ended it. */
  readonly fault: string | undefined;
  readonly code: "MCP_UNAVAILABLE" | "MCP_FAILED";
}

/** Whatever the SDK threw, as a failure that says what to do. */
export function failedBy(error: unknown, trouble: Trouble): McpFailed {
  if (error instanceof McpFailed) return error;
  const { sdk, doing, result, fault, code } = trouble;
  const make = (what: string, rest: Omit<Failure, "code" | "message">): McpFailed =>
    new McpFailed({ code, message: `Cannot ${doing}: ${what}`, ...rest }, error);
  if (fault !== undefined) return make(fault, { class: "permanent" });
  if (result)
    return make(endOf(result), {
      class: result.ended === "error" ? "permanent" : "failure",
      fix: "run the server's command in a terminal to see what it lacks",
    });
  if (wantsInput(error, sdk)) {
    return make("it asks a person for input while it works, which a step has none of", {
      class: "permanent",
      fix: "give what it asks for as an argument, or ask with a step `question:` before it",
    });
  }
  const status = statusOf(error);
  if (status !== undefined) return make(`the server answers with status ${status}`, forStatus(status));
  if (error instanceof sdk.ProtocolError)
    return make(`the server answers: ${plain(error.message)}`, { class: "failure" });
  if (error instanceof sdk.SdkError && error.code === sdk.SdkErrorCode.RequestTimeout)
    return make("it does not answer", { class: "transient" });
  return make(plain(rootMessage(error)), { class: "transient" });
}

function endOf(ended: ProcessResult): string {
  if (ended.ended === "error") return ended.error ?? "its program does not start";
  const how = ended.signal === null ? `exit code ${ended.exitCode}` : `signal ${ended.signal}`;
  const said = plain(ended.stderr).trim().split("\n").slice(-5).join("\n");
  return `its program ended with ${how}${said === "" ? "" : `: ${said}`}`;
}

function wantsInput(error: unknown, sdk: Sdk): boolean {
  if (error instanceof sdk.UrlElicitationRequiredError) return true;
  if (error instanceof sdk.MissingRequiredClientCapabilityError) return true;
  return error instanceof sdk.SdkError && error.code === sdk.SdkErrorCode.UnsupportedResultType;
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  return typeof status === "number" ? status : undefined;
}

function forStatus(status: number): Omit<Failure, "code" | "message"> {
  if (status === 401 || status === 403)
    return {
      class: "permanent",
      fix: "look at the `headers` of the server: they have to hold what it asks for",
    };
  if (status === 429) return { class: "quota" };
  return { class: status >= 500 ? "transient" : "permanent" };
}

/** "fetch failed" says nothing; what it was caused by does. */
function rootMessage(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error && at.cause instanceof Error; depth += 1)
    at = at.cause;
  if (at instanceof AggregateError && at.errors.length > 0) return messageOf(at.errors[0]);
  return messageOf(at);
}

/** Text of a server without control sequences. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
