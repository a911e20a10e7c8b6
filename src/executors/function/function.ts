import { notJson } from "./not-json.ts";
import { capOutput } from "../cap-output.ts";
import { createDeadline, withoutDeadline } from "../deadline.ts";
import type { Deadline } from "../deadline.ts";
import { excerpt, failed, plainText } from "../failed.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import { messageOf } from "../../errors.ts";
import { isObject, type Json, parseJson } from "../../expression/json.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";

type FunctionRequest = Extract<Request, { readonly kind: "function" }>;

export interface FunctionContext {
  /** Aborts when the run is stopped, the step's time is over, or it was silent for too long. */
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly address: string;
  readonly attempt: number;
  /** Shows a line, and is a sign of life. */
  readonly print: (line: string) => void;
}

/** A function of the embedding program. It gets a copy of its arguments; nothing returned counts as null. */
export type WorkflowFunction = (args: Json, context: FunctionContext) => Promise<Json> | Json;

/** How long a function may take to end after its signal aborted. */
const settleMs = 50;

/**
 * Does `function:` steps. A function cannot be killed: one that goes on after its signal aborted is left behind, and
 * the outcome says so. An error with `transient: true` is a transient failure, every other a failure.
 */
export function createFunctionExecutor(
  functions: Readonly<Record<string, WorkflowFunction>>,
): Executor<FunctionRequest> {
  return {
    kind: "function",
    execute: (request, context) => {
      const name = request.function;
      const work = Object.hasOwn(functions, name) ? functions[name] : undefined;
      if (work) return call(work, { request, context });
      return Promise.resolve(failed(unknownFunction(name, Object.keys(functions))));
    },
  };
}

interface Call {
  readonly request: FunctionRequest;
  readonly context: TaskContext;
}

type Settled = { readonly value: unknown } | { readonly error: unknown };

async function call(work: WorkflowFunction, { request, context }: Call): Promise<Outcome> {
  const { signal, policy, runId, address, attempt, print } = context;
  signal.throwIfAborted();
  const { timeoutMs, idleMs } = policy;
  const isTimed = timeoutMs !== undefined || idleMs !== undefined;
  const deadline = isTimed ? createDeadline({ signal, timeoutMs, idleMs }) : withoutDeadline(signal);
  const running = settle(work, argumentsOf(request), {
    signal: deadline.signal,
    runId,
    address,
    attempt,
    print: (line) => {
      deadline.heard();
      for (const part of line.split("\n")) print(part, "stdout");
    },
  });
  const settled = await orAborted(running, deadline.signal);
  deadline.off();
  if (deadline.ended() === undefined && settled) return outcomeOf(settled, { request, context });
  const stopped = await Promise.race([running, pause(settleMs)]);
  return stoppedOutcome(stopped !== undefined, { deadline, request, context });
}

function argumentsOf({ args, batch }: FunctionRequest): Json {
  const own = copyOf(args);
  return batch && isObject(own) ? { ...own, batch: batch.map((text) => parseJson(text)) } : own;
}

/** What is no object cannot be changed by the one who has it. */
function copyOf(value: Json): Json {
  return typeof value === "object" && value !== null ? (JSON.parse(JSON.stringify(value)) as Json) : value;
}

async function settle(work: WorkflowFunction, args: Json, context: FunctionContext): Promise<Settled> {
  try {
    return { value: await work(args, context) };
  } catch (error) {
    return { error };
  }
}

function orAborted(running: Promise<Settled>, signal: AbortSignal): Promise<Settled | undefined> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(undefined);
    signal.addEventListener("abort", onAbort);
    void running.then((settled) => {
      signal.removeEventListener("abort", onAbort);
      resolve(settled);
    });
  });
}

function pause(delayMs: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), delayMs);
  });
}

function outcomeOf(settled: Settled, { request, context }: Call): Promise<Outcome> | Outcome {
  const name = request.function;
  if ("error" in settled) return failed(thrownBy(name, settled.error));
  const output = (settled.value === undefined ? null : settled.value) as Json;
  const problem = notJson(output);
  if (problem === undefined) {
    if (typeof output !== "object") return capOutput({ ok: true, output }, context);
    // a copy: what the function still does to its own object is not part of the result
    const outputText = JSON.stringify(output);
    return capOutput({ ok: true, output: JSON.parse(outputText) as Json }, { ...context, outputText });
  }
  return failed({
    code: "OUTPUT_SHAPE",
    message: `Cannot take the result of "${excerpt(name)}": ${problem}`,
    fix: "return plain JSON: null, booleans, finite numbers, strings, lists and objects of these",
    class: "failure",
  });
}

function thrownBy(name: string, error: unknown): Failure {
  const isTransient =
    typeof error === "object" && error !== null && "transient" in error && error.transient === true;
  return {
    code: "FUNCTION_FAILED",
    message: `Cannot finish "${excerpt(name)}": it threw ${plainText(messageOf(error)) || "without a message"}`,
    class: isTransient ? "transient" : "failure",
  };
}

/** The port's rule: an abort that stopped everything rejects; whatever could not be stopped is told. */
function stoppedOutcome(
  hasEnded: boolean,
  { deadline, request, context }: Call & { readonly deadline: Deadline },
): Outcome {
  const { timeoutMs, idleMs } = context.policy;
  if (deadline.ended() === "aborted" && hasEnded) throw context.signal.reason;
  const note = hasEnded ? "" : "; the function could not be stopped and may still be running";
  const make = (failure: Omit<Failure, "message">, what: string): Outcome =>
    failed({ ...failure, message: `Cannot finish "${excerpt(request.function)}": ${what}${note}` });
  if (deadline.ended() === "timeout") {
    return make({ code: "TIMEOUT", class: "timeout" }, `it did not end within ${timeoutMs} ms`);
  }
  if (deadline.ended() === "idle")
    return make({ code: "IDLE", class: "timeout" }, `it printed nothing for ${idleMs} ms`);
  return make({ code: "CANCELLED", class: "cancelled" }, `cancelled (${messageOf(context.signal.reason)})`);
}

function unknownFunction(name: string, known: readonly string[]): Failure {
  return {
    code: "UNKNOWN_FUNCTION",
    message: `Cannot call "${excerpt(name)}": no function was registered under this name`,
    fix: known.length > 0 ? `registered are: ${known.join(", ")}` : "register it: `functions: { name: … }`",
    class: "permanent",
  };
}
