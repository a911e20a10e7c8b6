import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Notifier } from "../ports/notifier.ts";
import { notifyFailed } from "./words.ts";

export interface WebhookOptions {
  /** Signs what is sent; without a value nothing is signed. */
  readonly secret: () => string | undefined;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Waits before the second and third try; ms. */
  readonly pausesMs?: readonly number[];
  readonly timeoutMs?: number;
}

/** What a receiver checks: HMAC-SHA256 of `<timestamp>.<body>` in hex, with the timestamp in seconds. */
export function signatureOf(
  body: string,
  { secret, timestamp }: { readonly secret: string; readonly timestamp: string },
): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** Posts the notice as JSON; tries three times when the other side cannot be reached or is in trouble. */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const { pausesMs = [1000, 4000] } = options;
  return {
    kind: "webhook",
    async notify(notice, to) {
      const body = JSON.stringify(notice);
      for (let tries = 0; ; tries += 1) {
        const trouble = await post(to, { body, id: notice.id, options });
        if (trouble === undefined) return;
        const pauseMs = trouble.again ? pausesMs[tries] : undefined;
        if (pauseMs === undefined)
          throw notifyFailed("webhook", trouble.why, "check its URL and the server behind it");
        await sleep(pauseMs);
      }
    },
  };
}

interface Posted {
  readonly body: string;
  readonly id: string;
  readonly options: WebhookOptions;
}

interface Trouble {
  readonly why: string;
  readonly again: boolean;
}

async function post(to: string, { body, id, options }: Posted): Promise<Trouble | undefined> {
  const url = callable(to);
  if (!url) return { why: "it is no http URL, or it names a user", again: false };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: headersFor(body, { id, options }),
      body,
      // a signed message is for whom it was addressed to
      redirect: "manual",
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    });
    await response.body?.cancel();
    return response.ok ? undefined : answered(response.status);
  } catch (error) {
    return { why: whyUnreachable(error), again: true };
  }
}

/** A user in a URL would be one more thing to hide; fetch does not take it either. */
function callable(to: string): URL | undefined {
  const url = URL.parse(to);
  const fits = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  return fits ? url : undefined;
}

function answered(status: number): Trouble {
  return { why: `the server answered ${status}`, again: status >= 500 || status === 429 || status === 408 };
}

function headersFor(body: string, { id, options }: Omit<Posted, "body">): Record<string, string> {
  const timestamp = String(Math.floor(options.now() / 1000));
  const secret = options.secret();
  return {
    "content-type": "application/json",
    "user-agent": "tutti",
    // a header takes no more than Latin-1, and an address may hold anything
    "x-tutti-id": encodeURIComponent(id),
    "x-tutti-timestamp": timestamp,
    ...(secret ? { "x-tutti-signature": signatureOf(body, { secret, timestamp }) } : {}),
  };
}

/** Never the whole message: it may name the URL. */
function whyUnreachable(error: unknown): string {
  if (!(error instanceof Error)) return "it cannot be reached";
  if (error.name === "TimeoutError") return "it did not answer in time";
  const { cause } = error;
  const code =
    typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : undefined;
  return code === undefined ? "it cannot be reached" : `it cannot be reached (${code})`;
}
