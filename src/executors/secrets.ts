import { secretMarker } from "../core/effects.ts";
import type { Request } from "../core/effects.ts";
import type { GateCheck, ShellText } from "../core/gate-check.ts";
import { isObject } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";
import type { McpServerSpec } from "../language/workflow.ts";
import type { WorkEffect } from "../ports/performer.ts";

/** What stands where a secret must not. */
export const hidden = "***";

export interface Filled {
  readonly effect: WorkEffect;
  /** Values that are in the effect now. */
  readonly values: readonly string[];
  /** Secrets that are named but have no value. */
  readonly missing: readonly string[];
}

/**
 * Puts the values of secrets in for their markers where they can be used without being read: environment, values of
 * shell lines, and everything of an HTTP call. Everywhere else (prompts, arguments) a marker becomes `***`: its text
 * holds the run's seed, and who knows that could write markers of his own.
 */
export function fillSecrets(
  effect: WorkEffect,
  { seed, secrets }: { readonly seed: string; readonly secrets: (name: string) => string | undefined },
): Filled {
  if (!mentions(effect.policy.env, seed) && !mentions(workOf(effect), seed))
    return { effect, values: [], missing: [] };
  const values = new Set<string>();
  const missing = new Set<string>();
  const put = (whole: string, name: string): string => {
    const value = secrets(name);
    if (value === undefined || value === "") {
      missing.add(name);
      return whole;
    }
    values.add(value);
    return value;
  };
  const fill: Replace = (text) => text.replaceAll(markerPattern(seed), put);
  const hide: Replace = (text) => text.replaceAll(markerPattern(seed), hidden);
  return { effect: filledEffect(effect, { fill, hide }), values: [...values], missing: [...missing] };
}

function workOf(effect: WorkEffect): unknown {
  return effect.type === "gate" ? effect.check : effect.request;
}

/** Whether a text stands anywhere in a value. Hardly any effect holds a marker, and every marker holds the seed. */
export function mentions(value: unknown, text: string): boolean {
  if (typeof value === "string") return value.includes(text);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => mentions(item, text));
  for (const key in value) {
    if (key.includes(text) || mentions((value as Record<string, unknown>)[key], text)) return true;
  }
  return false;
}

/** The request and environment as the cache's key sees them: the same secret is the same in every run. */
export function withoutSeed(value: Json, seed: string): Json {
  return mapText(value, (text) => text.replaceAll(markerPattern(seed), secretMarker("", "$1")));
}

let lastPattern: { readonly seed: string; readonly pattern: RegExp } | undefined;

/** Finds the markers of one run; the name is the first group. The last one is kept: a run's effects come in rows. */
function markerPattern(seed: string): RegExp {
  if (lastPattern?.seed !== seed) lastPattern = { seed, pattern: buildMarkerPattern(seed) };
  return lastPattern.pattern;
}

function buildMarkerPattern(seed: string): RegExp {
  const [start = "", end = ""] = secretMarker(seed, "\0").split("\0");
  return new RegExp(`${escapePattern(start)}([^${end}]*)${end}`, "g");
}

/** False where a value surely holds no marker: millions of printed lines hold none. */
export function mayHoldMarker(value: unknown): boolean {
  return mentions(value, markerStart);
}

const [markerStart = ""] = secretMarker("\0", "\0").split("\0");

/** Finds the markers of every run. */
export function anyMarkerPattern(): RegExp {
  const [start = "", , end = ""] = secretMarker("\0", "\0").split("\0");
  return new RegExp(`${escapePattern(start)}[^${end}]*${end}`, "g");
}

export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

type Replace = (text: string) => string;

interface Ways {
  readonly fill: Replace;
  readonly hide: Replace;
}

function filledEffect(effect: WorkEffect, { fill, hide }: Ways): WorkEffect {
  const policy = { ...effect.policy, env: mapRecord(effect.policy.env, fill) };
  if (effect.type === "gate") return { ...effect, policy, check: filledCheck(effect.check, { fill, hide }) };
  return { ...effect, policy, request: filledRequest(effect.request, { fill, hide }) };
}

function filledCheck(check: GateCheck, { fill, hide }: Ways): GateCheck {
  if (check.kind !== "shell") return mapObject(check, hide);
  return { kind: "shell", shell: filledShell(check.shell, { fill, hide }) };
}

function filledShell(shell: ShellText, { fill, hide }: Ways): ShellText {
  return { line: hide(shell.line), values: mapRecord(shell.values, fill) };
}

function filledRequest(request: Request, { fill, hide }: Ways): Request {
  switch (request.kind) {
    case "run":
      return { ...mapObject(request, hide), shell: filledShell(request.shell, { fill, hide }) };
    case "http":
      return mapObject(request, fill);
    case "command":
    case "agent":
    case "mcp":
      return withServers(request, { fill, hide });
    case "function":
    case "workflow":
    case "pipeline":
      return mapObject(request, hide);
  }
}

/** A server's program and its arguments can be seen by all on the machine, its environment and what it is sent cannot. */
function withServers<R extends Extract<Request, { readonly kind: "command" | "agent" | "mcp" }>>(
  request: R,
  { fill, hide }: Ways,
): R {
  const { mcpServers, ...rest } = request;
  const bare = mapObject(rest, hide) as R;
  if (!mcpServers) return bare;
  const filled = Object.entries(mcpServers).map(([name, server]) => [
    name,
    filledServer(server, { fill, hide }),
  ]);
  return { ...bare, mcpServers: Object.fromEntries(filled) };
}

function filledServer(server: McpServerSpec, { fill, hide }: Ways): McpServerSpec {
  if ("url" in server) return { url: fill(server.url), headers: mapRecord(server.headers, fill) };
  return { command: hide(server.command), args: server.args.map(hide), env: mapRecord(server.env, fill) };
}

function mapRecord(
  record: Readonly<Record<string, string>>,
  replace: Replace,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, text]) => [name, replace(text)]));
}

function mapObject<T extends object>(value: T, replace: Replace): T {
  return mapText(value as unknown as Json, replace) as unknown as T;
}

/** The same value with every text and every key in it replaced. */
export function mapText(value: Json | undefined, replace: Replace): Json {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapText(item, replace));
  if (!isObject(value)) return value ?? null;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [replace(key), mapText(item, replace)]));
}
