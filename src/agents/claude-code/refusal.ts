import type { Failure } from "../../core/outcome.ts";
import { oneLine } from "../one-line.ts";
import { quotaIn } from "../quota.ts";
import type { LimitMessage, ResultMessage } from "./stream.ts";

/** What a result that says `is_error` means for the step, and whether time or a person can heal it. */
export function refusalFailure(
  result: ResultMessage,
  { limit, now }: { readonly limit: LimitMessage | undefined; readonly now: number },
): Failure {
  return ending(result) ?? quota(result, { limit, now }) ?? apiError(result);
}

type Kind = Omit<Failure, "message">;

const endings: Readonly<Record<string, Kind>> = {
  error_max_budget_usd: {
    code: "LIMIT_REACHED",
    fix: "raise limits.cost of the run",
    class: "permanent",
  },
  error_max_turns: {
    code: "AGENT_FAILED",
    fix: "raise the number of turns or split the step",
    class: "failure",
  },
  error_max_structured_output_retries: {
    code: "OUTPUT_SHAPE",
    fix: "make the step's output schema simpler, or say in the prompt what its fields mean",
    class: "failure",
  },
};

const reasons: Readonly<Record<string, Kind>> = {
  prompt_too_long: {
    code: "AGENT_FAILED",
    fix: "give the step less context, or split it",
    class: "permanent",
  },
  aborted_streaming: { code: "AGENT_FAILED", fix: "run the step again", class: "transient" },
  aborted_tools: { code: "AGENT_FAILED", fix: "run the step again", class: "transient" },
};

function ending(result: ResultMessage): Failure | undefined {
  const kind = endings[result.subtype] ?? reasons[result.reason];
  if (kind) return { ...kind, message: messageFor(result) };
  if (result.startupFailure === undefined) return undefined;
  return {
    code: "AGENT_FAILED",
    message: messageFor(result),
    fix: "change the permission mode or the settings of Claude Code",
    class: "permanent",
  };
}

function quota(
  result: ResultMessage,
  { limit, now }: { readonly limit: LimitMessage | undefined; readonly now: number },
): Failure | undefined {
  const rejected = limit?.status === "rejected" ? limit.resetAt : undefined;
  const found = quotaIn({ ...result, resetAt: rejected }, now);
  if (!found) return undefined;
  return {
    code: "QUOTA",
    message: `Cannot ask the model now: ${oneLineOf(result)}`,
    fix: "wait for the reset, or use another agent or model",
    class: "quota",
    ...found,
  };
}

function apiError(result: ResultMessage): Failure {
  const { status } = result;
  const message = messageFor(result);
  if (status === 401 || status === 403)
    return {
      code: "AGENT_FAILED",
      message,
      fix: "log in with `claude` then /login, or set a valid API key",
      class: "permanent",
    };
  if (/credit balance is too low/i.test(result.text))
    return { code: "AGENT_FAILED", message, fix: "add credit to the account", class: "permanent" };
  if (status === undefined)
    return result.reason === "api_error"
      ? { code: "AGENT_FAILED", message, fix: "check the network and run again", class: "transient" }
      : { code: "AGENT_FAILED", message, class: "failure" };
  if (status >= 500 || status === 408 || status === 409)
    return { code: "AGENT_FAILED", message, fix: "run again in a while", class: "transient" };
  return { code: "AGENT_FAILED", message, fix: "check the model's name and the request", class: "permanent" };
}

function messageFor(result: ResultMessage): string {
  return `Cannot finish with Claude Code: ${oneLineOf(result)}`;
}

function oneLineOf(result: ResultMessage): string {
  return oneLine(result.text) || result.reason || result.subtype;
}
