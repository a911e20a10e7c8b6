import type { AgentCard } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import type { Sdk } from "./sdk.ts";

/** Where the agent is. */
export interface Place {
  /** Its base URL, or that of its card (`….json`). */
  readonly url: string;
  /** Sent with every request to the origin of that URL, and to no other. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The other side refuses a request, or is out of order. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** The answer's `Retry-After`. */
  readonly retryAfter: string | undefined;
  /** The beginning of what it says. */
  readonly said: string;

  constructor({ status, headers }: Response, said: string) {
    super(`status ${status}${said === "" ? "" : `: ${said}`}`);
    this.status = status;
    this.retryAfter = headers.get("retry-after") ?? undefined;
    this.said = said;
  }
}

const mostSaid = 500;

export interface LinkOptions {
  readonly sdk: Sdk;
  /** Ends every request that is under way. */
  readonly signal: AbortSignal;
}

/** The agent's card, as it is now. */
export async function fetchCard(place: Place, options: LinkOptions): Promise<AgentCard> {
  const resolver = new options.sdk.DefaultAgentCardResolver({ fetchImpl: fetchFor(place, options) });
  return place.url.endsWith(".json") ? resolver.resolve(place.url, "") : resolver.resolve(place.url);
}

/** A client for one task. */
export function connect(card: AgentCard, place: Place, options: LinkOptions): Promise<Client> {
  const { JsonRpcTransportFactory, RestTransportFactory, ClientFactory } = options.sdk;
  const fetchImpl = fetchFor(place, options);
  const transports = [new JsonRpcTransportFactory({ fetchImpl }), new RestTransportFactory({ fetchImpl })];
  return new ClientFactory({ transports }).createFromAgentCard(card);
}

/**
 * A card may name any URL: the headers, which may be secrets, go to the configured origin only, and no redirect is
 * followed. What refuses before the protocol begins is thrown as `Refused`.
 */
function fetchFor(place: Place, { signal }: LinkOptions): typeof globalThis.fetch {
  const { origin } = new URL(place.url);
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    if (url.origin === origin)
      for (const [name, value] of Object.entries(place.headers)) headers.set(name, value);
    const all = init.signal ? AbortSignal.any([init.signal, signal]) : signal;
    const response = await globalThis.fetch(input, { ...init, headers, signal: all, redirect: "error" });
    if (refuses(response.status)) throw new Refused(response, await beginning(response));
    return response.body ? new Response(bounded(response.body), response) : response;
  };
}

const mostBytes = 64 * 1024 * 1024;

/** Nobody else bounds what an answer takes of our memory. */
function bounded(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      if (bytes > mostBytes)
        controller.error(new Error(`its answer is longer than ${mostBytes / 1024 / 1024} MiB`));
      else controller.enqueue(chunk);
    },
  });
  return body.pipeThrough(counter);
}

function refuses(status: number): boolean {
  return [401, 403, 407, 408, 425, 429].includes(status) || status >= 500;
}

async function beginning(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  return text.trim().slice(0, mostSaid);
}
