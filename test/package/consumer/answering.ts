import { setTimeout as sleep } from "node:timers/promises";
import type { Executor, Outcome, Request, TaskContext } from "tutti";

type HttpRequest = Extract<Request, { readonly kind: "http" }>;

/** An executor that stands in for HTTP and needs no network: the URL says what comes of a call. */
export const answering: Executor<HttpRequest> & { readonly running: () => number } = createAnswering();

function createAnswering(): typeof answering {
  let running = 0;
  return {
    kind: "http",
    running: () => running,
    async execute({ url }, context) {
      context.signal.throwIfAborted();
      running += 1;
      try {
        return await answer(new URL(url), context);
      } finally {
        running -= 1;
      }
    },
  };
}

async function answer({ hostname, pathname }: URL, context: TaskContext): Promise<Outcome> {
  switch (hostname) {
    case "echo":
      return { ok: true, output: pathname.slice(1) };
    case "large":
      return large(Number(pathname.slice(1)), context);
    case "endless":
      return endless(context);
    default:
      return failure("HTTP_FAILED", `Cannot call "${hostname}": there is no such host`);
  }
}

async function large(bytes: number, { artifacts, policy }: TaskContext): Promise<Outcome> {
  const text = "x".repeat(bytes);
  if (bytes <= policy.outputBytes) return { ok: true, output: text };
  const { id } = await artifacts.put(Buffer.from(text));
  return { ok: true, output: text.slice(0, 100), artifacts: { body: id } };
}

/** Says nothing and does not end by itself. */
async function endless({ policy, signal }: TaskContext): Promise<Outcome> {
  const { timeoutMs = Number.POSITIVE_INFINITY, idleMs = Number.POSITIVE_INFINITY } = policy;
  const waitMs = Math.min(timeoutMs, idleMs, 2 ** 31 - 1);
  await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  return timeoutMs <= idleMs
    ? failure("TIMEOUT", "Cannot wait any longer", "timeout")
    : failure("IDLE", "Cannot go on: nothing was said", "timeout");
}

type Code = NonNullable<Outcome["failure"]>["code"];
type FailureClass = NonNullable<Outcome["failure"]>["class"];

function failure(code: Code, message: string, failureClass: FailureClass = "failure"): Outcome {
  return { ok: false, failure: { code, message, class: failureClass } };
}
