import type { Part } from "@a2a-js/sdk";
import type { Failure } from "../../core/outcome.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { oneLine } from "../one-line.ts";
import { quotaIn } from "../quota.ts";
import { jsonInAnswer, misfitOf, type WantedShape } from "../shape.ts";
import { Refused } from "./link.ts";
import { partsOf, type Progress, textOf } from "./progress.ts";
import type { Sdk } from "./sdk.ts";

export interface Judging {
  readonly sdk: Sdk;
  /** The agent's name in the workflow. */
  readonly name: string;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Why a task that is over has not been done; undefined when it has. */
export function failureOf(progress: Progress, judging: Judging): Failure | undefined {
  const { TaskState } = judging.sdk;
  const said = oneLine(textOf(progress.said?.parts ?? []));
  const make = (what: string, rest: Pick<Failure, "class" | "fix">): Failure => ({
    code: "AGENT_FAILED",
    message: `Cannot finish the task of the agent "${judging.name}": ${what}${said === "" ? "" : `: ${said}`}`,
    ...rest,
  });
  if (progress.isMessage) return undefined;
  switch (progress.state) {
    case TaskState.TASK_STATE_COMPLETED:
      return undefined;
    case TaskState.TASK_STATE_INPUT_REQUIRED:
      return make("it asks for more, and a step has nobody to answer", {
        class: "permanent",
        fix: "say in the prompt what it asks for, or ask a person with a step `question:` before it",
      });
    case TaskState.TASK_STATE_AUTH_REQUIRED:
      return make("it asks for an authorization", {
        class: "permanent",
        fix: "give it what it asks for under `headers` of its entry in tutti.yaml, or at its side",
      });
    case TaskState.TASK_STATE_REJECTED:
      return make("it rejects the task", { class: "permanent", fix: "give it a task that it takes" });
    case TaskState.TASK_STATE_CANCELED:
      return make("the task was cancelled at its side", { class: "failure", fix: "run the step again" });
    default:
      return (
        quotaFailure(said, judging) ?? make("it failed", { class: "failure", fix: "look at what it says" })
      );
  }
}

function quotaFailure(said: string, { name, now }: Judging): Failure | undefined {
  const found = quotaIn({ status: undefined, errorType: "", text: said }, now());
  return (
    found && { code: "QUOTA", message: `Cannot ask the agent "${name}": ${said}`, class: "quota", ...found }
  );
}

interface Thrown {
  readonly name: string;
  /** Ms since the epoch. */
  readonly now: number;
}

/** What was thrown on the way, as a failure. */
export function thrownFailure(error: unknown, { name, now }: Thrown): Failure {
  if (isTuttiError(error))
    return { code: error.code, message: error.message, fix: error.fix, class: "permanent" };
  const message = `Cannot ask the agent "${name}": ${oneLine(rootMessage(error))}`;
  if (error instanceof Refused) return refusal(error, { message, now });
  // The protocol's own errors have a class; what the connection throws is a plain one.
  const isConnection = error instanceof TypeError;
  return isConnection
    ? { code: "AGENT_FAILED", message, class: "transient" }
    : { code: "AGENT_FAILED", message, class: "failure" };
}

function refusal(
  { status, retryAfter, said }: Refused,
  { message, now }: { message: string; now: number },
): Failure {
  const resetAt = retryAt(retryAfter, now);
  const quota = quotaIn({ status, errorType: "", text: said, resetAt }, now);
  if (quota) return { code: "QUOTA", message, class: "quota", ...quota };
  if (status === 401 || status === 403 || status === 407)
    return {
      code: "AGENT_FAILED",
      message,
      fix: "look at `headers` of its entry in tutti.yaml",
      class: "permanent",
    };
  return { code: "AGENT_FAILED", message, class: "transient" };
}

function retryAt(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const seconds = Number(value);
  const time = Number.isFinite(seconds) ? now + seconds * 1000 : Date.parse(value);
  return Number.isFinite(time) ? time : undefined;
}

/** "fetch failed" says nothing; what it was caused by does. */
function rootMessage(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error && at.cause instanceof Error; depth += 1)
    at = at.cause;
  if (at instanceof AggregateError && at.errors.length > 0) return messageOf(at.errors[0]);
  return messageOf(at);
}

/** What a task gave, or what is the matter with it. */
export type Answer = { readonly output: Json } | { readonly problem: string };

/** The answer of a task that was done: its text, or its data where it gave no text; or what fits the wanted shape. */
export function answerOf(progress: Progress, shape: WantedShape | undefined): Answer {
  const parts = partsOf(progress);
  const text = textOf(parts);
  const data = parts.flatMap(dataIn);
  if (!shape) {
    const only = data.length === 1 ? (data[0] ?? null) : data;
    return { output: text === "" && data.length > 0 ? only : text };
  }
  const written = jsonInAnswer(text);
  const given = written === undefined ? data : [...data, written];
  const problems = given.map((value) => misfitOf(value, shape));
  const index = problems.indexOf(undefined);
  if (index >= 0) return { output: shape.outputOf(given[index] ?? null) };
  return { problem: problems.at(-1) ?? "it did not have the declared shape" };
}

/** True where a task that is done gave nothing at all. */
export function isEmpty(progress: Progress): boolean {
  const parts = partsOf(progress);
  return parts.every(({ content }) => content?.$case === "text") && textOf(parts).trim() === "";
}

function dataIn({ content }: Part): readonly Json[] {
  return content?.$case === "data" && isJson(content.value) ? [content.value] : [];
}

function isJson(value: unknown): value is Json {
  return (
    value === null ||
    isObject(value) ||
    Array.isArray(value) ||
    ["string", "number", "boolean"].includes(typeof value)
  );
}
