import type { HttpRequest } from "./http.ts";
import { excerpt, lastLines, plainText } from "../failed.ts";
import type { EffectPolicy } from "../../core/effects.ts";
import type { Failure } from "../../core/outcome.ts";
import { messageOf } from "../../errors.ts";

/** "POST https://host/path": user, password and query may hold a secret, and a message is read by many. */
function nameOf({ method, url }: HttpRequest): string {
  return `${excerpt(method.toUpperCase(), 20)} ${shown(URL.parse(url))}`;
}

function shown(url: URL | null): string {
  if (!url || url.origin === "null") return "an unknown host";
  return url.origin + (url.pathname === "/" ? "" : excerpt(url.pathname, 100));
}

/** Why an answer is not the wanted one; undefined when it is. */
export function answerFailure(
  request: HttpRequest,
  response: Response,
  { now, text }: { readonly now: number; readonly text: string },
): Failure | undefined {
  const { status } = response;
  const isWanted = request.expect ? request.expect.includes(status) : status >= 200 && status <= 299;
  if (isWanted) return undefined;
  const resetAt = retryAt(response.headers.get("retry-after"), now);
  const said = lastLines(text, { maxCharacters: 500 });
  return {
    code: status === 429 ? "QUOTA" : "HTTP_FAILED",
    message: `Cannot finish "${nameOf(request)}": the answer has status ${status}${said ? `:\n${said}` : ""}`,
    class: classOf(status),
    fix: request.expect ? `expected is ${request.expect.join(" or ")}` : fixFor(status),
    ...(resetAt === undefined ? {} : { resetAt }),
  };
}

function fixFor(status: number): string {
  return classOf(status) === "failure"
    ? "mend the URL, the headers or the body"
    : "see that the server is well and serves this caller, and resume";
}

function classOf(status: number): Failure["class"] {
  if (status === 429) return "quota";
  const isServersFault = status >= 500 && status !== 501 && status !== 505;
  return isServersFault || status === 408 || status === 425 ? "transient" : "failure";
}

/** When `Retry-After` (seconds, or a date) says to come back; ms since the epoch. */
export function retryAt(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return now + Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(now, date);
}

export function deadlineFailure(
  request: HttpRequest,
  ended: "timeout" | "idle" | "aborted",
  policy: EffectPolicy,
): Failure {
  const what =
    ended === "idle"
      ? `nothing came for ${policy.idleMs} ms`
      : `it did not end within ${policy.timeoutMs} ms`;
  return {
    code: ended === "idle" ? "IDLE" : "TIMEOUT",
    message: `Cannot finish "${nameOf(request)}": ${what}`,
    class: "timeout",
  };
}

/** What went wrong on the way; the error's own text names hosts and ports, never paths. */
export function networkFailure(request: HttpRequest, error: unknown): Failure {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const message = `Cannot finish "${nameOf(request)}": ${reasons[code] ?? plainText(messageOf(cause))}`;
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return { code: "TIMEOUT", message, class: "timeout" };
  }
  const isForEver =
    /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|UND_ERR_(INVALID|REQ_))/.test(code) ||
    /bad port/.test(message);
  return { code: "HTTP_FAILED", message, class: isForEver ? "permanent" : "transient" };
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "host names cannot be looked up now",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ETIMEDOUT: "the host does not answer",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer",
  UND_ERR_HEADERS_TIMEOUT: "no answer began within the five minutes that Node's fetch waits",
  UND_ERR_BODY_TIMEOUT: "the answer paused for more than the five minutes that Node's fetch waits",
};
