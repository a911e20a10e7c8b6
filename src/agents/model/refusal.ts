import type { Failure } from "../../core/outcome.ts";
import { messageOf } from "../../errors.ts";
import { oneLine } from "../one-line.ts";
import { quotaIn } from "../quota.ts";
import { type Headers, resetTimeOf } from "./reset-time.ts";

/** What the library throws for a call that failed: an HTTP answer, an error in a stream, or no connection at all. */
interface CallError {
  readonly statusCode?: number;
  readonly responseHeaders?: Headers;
  readonly responseBody?: string;
  readonly type?: string;
  readonly code?: string | number;
  readonly data?: unknown;
}

interface Refusal {
  readonly status: number | undefined;
  readonly text: string;
  readonly errorType: string;
  /** Everything in which a provider may say what is the case: text, body, error codes. */
  readonly all: string;
  readonly headers: Headers;
}

/** Why a call of a model failed, and whether time or a person can heal it. `now`: ms since the epoch. */
export function refusalFailure(
  error: unknown,
  { model, now }: { readonly model: string; readonly now: number },
): Failure {
  const refusal = refusalOf(error);
  const message = `Cannot ask ${model}: ${oneLine(refusal.text)}`;
  for (const rule of rules) {
    const found = rule(refusal, now);
    if (found) return { message, ...found };
  }
  return { code: "AGENT_FAILED", message, fix: "check the model's name and the request", class: "permanent" };
}

/** True when the provider took the call on, so that it may have billed it. */
export function mayBeBilled(error: unknown): boolean {
  const { statusCode, responseHeaders } = fieldsOf(error);
  if (statusCode === undefined) return !isConnection(error);
  return statusCode < 400 || responseHeaders === undefined;
}

function isConnection(error: unknown): boolean {
  return messageOf(error).startsWith("Cannot connect to API");
}

function refusalOf(error: unknown): Refusal {
  const { statusCode, responseHeaders = {}, responseBody = "", type = "", code = "", data } = fieldsOf(error);
  const text = messageOf(error);
  return {
    // an answer that began well and was then lost
    status: statusCode !== undefined && statusCode < 400 ? undefined : statusCode,
    text,
    errorType: type,
    headers: responseHeaders,
    all: [text, responseBody, type, code, data === undefined ? "" : JSON.stringify(data)].join("\n"),
  };
}

function fieldsOf(error: unknown): CallError {
  return typeof error === "object" && error !== null ? error : {};
}

type Kind = Omit<Failure, "message">;
type Rule = (refusal: Refusal, now: number) => Kind | undefined;

const rules: readonly Rule[] = [outOfMoney, tooLong, quota, notAllowed, passing];

function outOfMoney({ status, all }: Refusal): Kind | undefined {
  if (
    status !== 402 &&
    !/insufficient_quota|credit balance is too low|insufficient (?:funds|balance)/i.test(all)
  )
    return undefined;
  return { code: "AGENT_FAILED", fix: "add credit to the account", class: "permanent" };
}

function tooLong({ status, all }: Refusal): Kind | undefined {
  const said =
    /prompt is too long|context_length_exceeded|maximum context length|context (?:window|length|size)|too many (?:input )?tokens/i;
  if (status !== 413 && !((status === 400 || status === undefined) && said.test(all))) return undefined;
  return { code: "AGENT_FAILED", fix: "give the step less context, or split it", class: "permanent" };
}

function quota(refusal: Refusal, now: number): Kind | undefined {
  const { status, text, errorType } = refusal;
  const found = quotaIn({ status, errorType, text, resetAt: resetTimeOf(refusal, now) }, now);
  if (!found) return undefined;
  return { code: "QUOTA", fix: "wait for the reset, or use another model", class: "quota", ...found };
}

function notAllowed({ status }: Refusal): Kind | undefined {
  if (status !== 401 && status !== 403) return undefined;
  return {
    code: "AGENT_FAILED",
    fix: "check the key: the secret that `api_key` of its entry in tutti.yaml names",
    class: "permanent",
  };
}

/** Without a status the connection was not made, or was lost. */
function passing({ status, text }: Refusal): Kind | undefined {
  if (status !== undefined && status < 500 && status !== 408 && status !== 409) return undefined;
  const fix = text.startsWith("Cannot connect to API")
    ? "check base_url and whether the server runs"
    : "run the step again";
  return { code: "AGENT_FAILED", fix, class: "transient" };
}
