import { createHash } from "node:crypto";
import type { Failure, Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import {
  askBreakers,
  rehearsed,
  tellBreakers,
  type Attempted,
  type BreakerPolicy,
  type Refusal,
  type Verdicts,
} from "../core/policies/breaker.ts";
import { infoOf, type FailureKind } from "../core/policies/failure-kinds.ts";
import { blamesAgent } from "../core/policies/taxonomy.ts";
import { signatureText } from "../core/policies/signature.ts";
import { messageOf } from "../errors.ts";
import type { BreakerStore } from "../ports/breaker-store.ts";
import type { Clock } from "../ports/clock.ts";
import { excerpt, failed } from "./failed.ts";

export interface BreakerOptions {
  readonly store: BreakerStore;
  readonly policy: BreakerPolicy;
  /** Agents that only play work: what they do in one run is nothing to another run, nor to a real agent. */
  readonly rehearsing?: ReadonlySet<string>;
}

export interface Guard extends BreakerOptions {
  readonly clock: Clock;
}

export interface Guarded {
  readonly runId: string;
  /** Names the attempt for ever. */
  readonly effectId: string;
  readonly request: Request;
  readonly signal: AbortSignal;
}

/**
 * Does the work unless a circuit breaker forbids it, and writes down how it ended. Work that is not begun ends with
 * BREAKER_OPEN (or QUOTA) and the time at which to ask again. Breakers that cannot be read or written hold nothing up:
 * their trouble is told among the outcome's details.
 */
export async function throughBreakers(
  { runId, effectId, request, signal }: Guarded,
  { store, policy, clock, rehearsing }: Guard,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const isRehearsal = "agent" in request && rehearsing?.has(request.agent) === true;
  const used = usedBy(request, isRehearsal ? `${rehearsed}${runId}` : "");
  if (!used) return run();
  const trouble: string[] = [];
  const note = (error: unknown): undefined => void trouble.push(messageOf(error));
  const now = (): Attempted => ({
    by: `${runId} ${effectId}`,
    ...used,
    at: clock.now(),
    policy,
  });
  const refusal = await store.update(askBreakers(now())).catch(note);
  if (refusal) return refused(refusal);
  const tell = (verdicts: Verdicts): Promise<undefined> =>
    store.update(tellBreakers(now(), verdicts)).catch(note);
  let outcome: Outcome | undefined;
  try {
    outcome = await run();
  } finally {
    const over = signal.aborted ? undefined : outcome;
    await tell(over ? verdictsOn(over, { request, used }) : nothing);
  }
  if (trouble.length === 0) return outcome;
  return { ...outcome, details: { ...outcome.details, breaker: `not used: ${trouble.join("; ")}` } };
}

const nothing: Verdicts = { conclusive: false, good: [], bad: [] };

type Used = Pick<Attempted, "subjects" | "work" | "quota"> & { readonly where: string };

/** What has breakers: agents, commands, services, and shell lines by what they failed with. Functions have none. */
function usedBy(request: Request, where: string): Used | undefined {
  switch (request.kind) {
    case "command":
    case "agent": {
      const agent = `agent ${request.agent}${where}`;
      const model = request.model === undefined ? "" : ` ${request.model}`;
      const command = request.kind === "command" ? [`command ${commandName(request.command)}${where}`] : [];
      const work = ["work", ...command, agent].join(" ");
      return { subjects: [agent, ...command], work, quota: `quota ${request.agent}${model}${where}`, where };
    }
    case "http": {
      const service = `service ${URL.parse(request.url)?.origin ?? "unknown"}`;
      return { subjects: [service], work: `work ${service}`, where };
    }
    case "mcp": {
      const service = serviceOf(request);
      return { subjects: [service], work: `work ${service} ${request.tool}${where}`, where };
    }
    case "run":
      return { subjects: [], work: `work run ${digest(request.shell.line)}`, where };
    case "function":
    case "workflow":
    case "pipeline":
      return undefined;
  }
}

/** Two workflows may call different servers the same. */
function serviceOf({ server, mcpServers }: Extract<Request, { readonly kind: "mcp" }>): string {
  const place = mcpServers[server];
  if (place && "url" in place) return `service ${URL.parse(place.url)?.origin ?? "unknown"}`;
  return `service mcp ${server} ${digest(JSON.stringify([place?.command, place?.args])).slice(0, 6)}`;
}

function commandName(command: string): string {
  return command.startsWith("/") ? command : `/${command}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** An agent or service is blamed for being out of order, never for what its work came to; a command for that. */
function verdictsOn(
  { ok, failure, asked }: Outcome,
  { request, used }: { readonly request: Request; readonly used: Used },
): Verdicts {
  if (ok) return { conclusive: true, good: used.subjects, bad: [] };
  return failure?.kind === undefined
    ? nothing
    : verdictsOnFailure({ ...failure, kind: failure.kind }, { request, used, asked });
}

function verdictsOnFailure(
  failure: Failure & { readonly kind: FailureKind },
  { request, used, asked = true }: { request: Request; used: Used; asked: boolean | undefined },
): Verdicts {
  const message = excerpt(failure.message, 200);
  if (failure.kind === "system.quota") return { ...nothing, message, ...quotaPart(failure) };
  const { suspect } = infoOf(failure.kind);
  const [outside, command] = used.subjects;
  const told = { conclusive: true, message, ...signaturePart(failure, used.where) };
  if (blamesAgent(failure) && request.kind !== "run") {
    return { ...told, good: [], bad: when(true, outside) };
  }
  // who was not even asked, because a file, an argument or a secret is wrong, has not failed
  if (!asked) return nothing;
  return {
    ...told,
    good: when(failure.class !== "timeout", outside),
    bad: when(suspect === "command", command),
  };
}

function when(counts: boolean, key: string | undefined): readonly string[] {
  return counts && key !== undefined ? [key] : [];
}

function quotaPart({ resetAt }: Failure): Partial<Verdicts> {
  return resetAt === undefined ? {} : { quotaUntil: resetAt };
}

/** What is wrong around the work, and not with it, counts wherever it happens. */
function signaturePart(failure: Failure & { readonly kind: FailureKind }, where: string): Partial<Verdicts> {
  const { kind } = failure;
  const isAround = kind === "system.storage" || (kind.startsWith("system.") && failure.class !== "failure");
  return isAround && kind !== "system.context"
    ? { signature: `failure ${digest(signatureText(failure))}${where}` }
    : {};
}

function refused({ key, until, failures, message }: NonNullable<Refusal>): Outcome {
  if (key.startsWith("quota ")) {
    return failed(
      {
        code: "QUOTA",
        message: `Cannot ask "${key.slice("quota ".length)}" now: its quota was used up before: ${message}`,
        fix: "wait for the reset, or use another agent or model; to ask all the same: tutti doctor --reset-breakers",
        class: "quota",
        resetAt: until,
      },
      { asked: false },
    );
  }
  const name = key.startsWith("failure ") ? "this failure" : key;
  return failed(
    {
      code: "BREAKER_OPEN",
      message: `Cannot try now: ${failures} failures in a row opened the circuit breaker of "${name}", the last: ${message}`,
      fix: "mend the cause; it is tried again by itself, or at once after: tutti doctor --reset-breakers",
      class: "transient",
      resetAt: until,
      breaker: key,
    },
    { asked: false },
  );
}
