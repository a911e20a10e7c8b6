import { readBody } from "./body.ts";
import { answerFailure, deadlineFailure, networkFailure } from "./failures.ts";
import { follow } from "./redirects.ts";
import { buildCall } from "./request.ts";
import { createDeadline } from "../deadline.ts";
import { failed, thrown } from "../failed.ts";
import { readText } from "../text-output.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import { isTuttiError } from "../../errors.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";

export type HttpRequest = Extract<Request, { readonly kind: "http" }>;

export interface HttpExecutorOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since the epoch, for `Retry-After`. */
  readonly now?: () => number;
}

/**
 * Does `http:` steps. The output is the response's JSON, or its text, or null without one; `details` hold `status` and `headers` (without
 * cookies). A response larger than the cap is stored whole as the artifact `body`, and so is one that is no text.
 *
 * Redirects are followed at most ten times; to another origin none of the step's headers and no body goes along,
 * because any of them may be a secret. 429 is a failure of class "quota", 408, 425 and 5xx (but 501 and 505) are
 * transient, with the time that `Retry-After` names; so are network errors.
 */
export function createHttpExecutor(options: HttpExecutorOptions = {}): Executor<HttpRequest> {
  const { fetch = globalThis.fetch, now = Date.now } = options;
  return {
    kind: "http",
    async execute(request, context) {
      context.signal.throwIfAborted();
      const { policy, signal } = context;
      const deadline = createDeadline({ signal, timeoutMs: policy.timeoutMs, idleMs: policy.idleMs });
      try {
        const response = await follow(buildCall(request), { fetch, deadline, expect: request.expect });
        return await outcomeOf(response, { request, context, heard: () => deadline.heard(), now });
      } catch (error) {
        const ended = deadline.ended();
        if (ended === "aborted") throw signal.reason;
        if (ended !== undefined) return failed(deadlineFailure(request, ended, policy));
        if (isTuttiError(error)) return failed(thrown(error));
        return failed(networkFailure(request, error));
      } finally {
        deadline.off();
      }
    },
  };
}

interface Answered {
  readonly request: HttpRequest;
  readonly context: TaskContext;
  readonly heard: () => void;
  readonly now: () => number;
}

async function outcomeOf(response: Response, { request, context, heard, now }: Answered): Promise<Outcome> {
  const { policy, artifacts } = context;
  const body = await readBody(response, { maxBytes: policy.outputBytes, artifacts, heard });
  const read = readText(body.text, { capped: body.capped, schema: policy.schema });
  const isNothing = body.text === "" && policy.schema?.["type"] !== "string";
  const output = isNothing ? null : read.fields.output;
  const rest = {
    ...(output === undefined ? {} : { output }),
    ...(body.artifact === undefined ? {} : { artifacts: { body: body.artifact } }),
    details: detailsOf(response),
  };
  const failure = answerFailure(request, response, { now: now(), text: body.text }) ?? read.failure;
  return failure ? failed(failure, rest) : { ...rest, ok: true };
}

/** Cookies are credentials, and what is in an outcome is kept for ever. */
function detailsOf(response: Response): JsonObject {
  const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
  return { status: response.status, headers: Object.fromEntries(headers) };
}
