import type { Failure } from "../../core/outcome.ts";
import { isObject } from "../../expression/json.ts";
import { numberField, objectField, textField } from "../fields.ts";
import { oneLine } from "../one-line.ts";
import { quotaIn } from "../quota.ts";
import { resetTimeIn } from "../reset-time.ts";
import type { AcpEntry } from "./entry.ts";

/** What an agent said instead of doing its work. */
export interface Refusal {
  readonly code: number | undefined;
  readonly text: string;
  /** `rate_limit`, `authentication_failed`, …, where the agent says it. */
  readonly kind: string;
}

const authRequired = -32_000;

/** The error of an answer. */
export function refusalIn(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  const code = isObject(error) ? numberField(error, "code") : undefined;
  const data = isObject(error) ? objectField(error, "data") : undefined;
  const details = textField(data, "details") ?? textField(data, "message") ?? "";
  const text = details === "" || message.includes(details) ? message : `${message}: ${details}`;
  return { code, text: text.replace(/^Internal error: /, ""), kind: textField(data, "errorKind") ?? "" };
}

/** What it means for the step, and whether time or a person can heal it. `now`: ms since the epoch. */
export function refusalFailure(
  refusal: Refusal,
  { entry, now }: { readonly entry: AcpEntry; readonly now: number },
): Failure {
  const said = oneLine(refusal.text) || "it gives no reason";
  const message = `Cannot finish with "${entry.name}": ${said}`;
  const status = statusOf(refusal);
  const resetAt = resetIn(refusal.text, now);
  const quota = quotaIn({ status, errorType: refusal.kind, text: refusal.text, resetAt }, now);
  if (quota && !forever(refusal.text))
    return {
      code: "QUOTA",
      message: `Cannot ask the model of "${entry.name}" now: ${said}`,
      fix: "wait for the reset, or use another agent or model",
      class: "quota",
      ...quota,
    };
  const kind = isLogin(refusal, status)
    ? ({ fix: entry.login, class: "permanent" } as const)
    : (forever(refusal.text) ?? offline(refusal.text) ?? kindOfStatus(status));
  return { code: "AGENT_FAILED", message, ...kind };
}

/** The latest time that is said: one line may tell of the request, another of the day. */
function resetIn(text: string, now: number): number | undefined {
  const times = text.split("\n").flatMap((line) => resetTimeIn(line, now) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

interface Kind {
  readonly fix?: string;
  readonly class: Failure["class"];
}

const kindsOfText: readonly (readonly [RegExp, Kind])[] = [
  [
    /credit balance is too low|insufficient[ _]quota|billing/i,
    { fix: "add credit to the account", class: "permanent" },
  ],
  [
    /prompt is too long|context (?:window|length)|too many tokens/i,
    { fix: "give the step less context, or split it", class: "permanent" },
  ],
];
const network = /ECONN|fetch failed|socket|network|timed? ?out|stream disconnected/i;

/** What no time heals, whatever its status says. */
function forever(text: string): Kind | undefined {
  return kindsOfText.find(([pattern]) => pattern.test(text))?.[1];
}

function offline(text: string): Kind | undefined {
  return network.test(text) ? { fix: "check the network and run again", class: "transient" } : undefined;
}

function kindOfStatus(status: number | undefined): Kind {
  if (status === undefined) return { class: "failure" };
  if (status >= 500 || status === 408 || status === 409)
    return { fix: "run again in a while", class: "transient" };
  return { fix: "check the model's name and the request", class: "permanent" };
}

/** HTTP's, as the error's own number or in its words: `(429)`, `status: 429`, `429 Too Many Requests`, `"code":429`. */
function statusOf({ code, text }: Refusal): number | undefined {
  if (code !== undefined && code >= 400 && code < 600) return code;
  const found =
    /\((?:status )?([45]\d\d)\)|\bstatus(?: code)?:? ([45]\d\d)\b|\b(?:API Error: |HTTP )([45]\d\d)\b|"code": ?([45]\d\d)\b/i.exec(
      text,
    );
  const status = found?.slice(1).find((part) => part !== undefined);
  return status === undefined ? undefined : Number(status);
}

function isLogin({ code, kind, text }: Refusal, status: number | undefined): boolean {
  if (code === authRequired || status === 401 || status === 403) return true;
  return (
    kind.startsWith("authentication") ||
    /invalid api key|api key not valid|not logged in|please log ?in/i.test(text)
  );
}
