import { parseUrl } from "./request.ts";
import type { Call } from "./request.ts";
import type { Deadline } from "../deadline.ts";
import { TuttiError } from "../../errors.ts";

const maxRedirects = 10;
/** Headers that say nothing about the caller. */
const harmless = new Set(["accept", "accept-language", "user-agent"]);

export interface FollowOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly deadline: Pick<Deadline, "signal" | "heard">;
  /** Status codes that are an answer, also when they are redirects. */
  readonly expect: readonly number[] | undefined;
}

/** Makes the call and follows redirects; the answer's body is not read yet. */
export async function follow(first: Call, { fetch, deadline, expect }: FollowOptions): Promise<Response> {
  let call = first;
  for (let turn = 0; turn <= maxRedirects; turn += 1) {
    const { method, headers, body } = call;
    const response = await fetch(call.url, {
      method,
      headers,
      body: body ?? null,
      redirect: "manual",
      signal: deadline.signal,
    });
    deadline.heard();
    const location = response.headers.get("location");
    if (!isRedirect(response.status) || location === null || expect?.includes(response.status))
      return response;
    await response.body?.cancel();
    call = next(call, { status: response.status, url: parseUrl(location, call.url) });
  }
  throw new TuttiError(
    "HTTP_FAILED",
    `Cannot reach "${first.url.origin}": more than ${maxRedirects} redirects`,
    {
      fix: "name the final URL in the step",
    },
  );
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** The call after a redirect, as browsers do it, but with nothing of the caller's for another origin. */
function next(call: Call, { status, url }: { readonly status: number; readonly url: URL }): Call {
  url.username = "";
  url.password = "";
  const isSame = url.origin === call.url.origin;
  const becomesGet = status === 303 ? call.method !== "HEAD" : status < 303 && call.method === "POST";
  if (!becomesGet && call.body !== undefined && !isSame) {
    throw new TuttiError(
      "HTTP_FAILED",
      `Cannot follow the redirect from "${call.url.origin}" to "${url.origin}": the body would go to another origin`,
      { fix: "name the final URL in the step" },
    );
  }
  const headers = new Headers([...call.headers].filter(([name]) => isSame || harmless.has(name)));
  if (!becomesGet) return { ...call, url, headers };
  headers.delete("content-type");
  return { method: "GET", url, headers, body: undefined };
}
