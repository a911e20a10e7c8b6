import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { defaultBreaker, type BreakerPolicy } from "../core/policies/breaker.ts";
import { messageOf, TuttiError } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { compileJsonTemplate } from "../expression/template.ts";
import { limitNames, parseLimit } from "../language/limits.ts";
import { limitMode, onLimit } from "../language/leaves.ts";
import { type SaidWorkspace, saidWorkspace } from "../language/said-workspace.ts";
import { mcpServerShape } from "../language/mcp-shapes.ts";
import { installShape, mergeShape, workspaceShape } from "../language/workspace-shapes.ts";
import { parseDuration } from "../language/units.ts";
import { agentsShape, modelsShape } from "./agent-settings.ts";
import type { LimitRules, Limits, McpServerSpec } from "../language/workflow.ts";

const gate = z.record(z.string(), z.json());

const written = z.union([z.string(), z.number()]);
type Caps = Record<(typeof limitNames)[number], z.ZodOptional<typeof written>>;

/** The same keys as in a workflow, and where trees lie. */
const workspace = z.union([
  workspaceShape.leaves.mode,
  partial(workspaceShape.leaves).extend({
    install: z
      .union([
        installShape.leaves.run,
        partial(installShape.leaves)
          .required({ run: true })
          .refine(({ key, keep }) => !key === !keep, "`key` and `keep` belong together"),
      ])
      .optional(),
    merge: partial(mergeShape.leaves).optional(),
    /** The folder in which working trees lie, from the project's root. */
    dir: z.string().min(1).optional(),
  }),
]);

function partial<L extends Readonly<Record<string, z.ZodType>>>(leaves: L) {
  return z.strictObject(leaves).partial();
}

const mcpServer = partial(mcpServerShape.leaves).refine(
  ({ command, args, env, url, headers }) =>
    command === undefined ? url !== undefined && !args && !env : url === undefined && !headers,
  "it has either `command` (with `args`, `env`) or `url` (with `headers`)",
);

const settingsShape = z.strictObject({
  /** Default agent and model of every workflow here. */
  agent: z.string().optional(),
  model: z.string().optional(),
  /** Caps that hold for every run here, as in a workflow. */
  limits: z
    .strictObject({
      ...(Object.fromEntries(limitNames.map((name) => [name, written.optional()])) as Caps),
      /** Whether caps are only told, and how a run ends that one stopped, where a workflow does not say. */
      mode: limitMode.optional(),
      on_limit: onLimit.optional(),
    })
    .optional(),
  /** Where the steps of a workflow work that does not say it, and what its working trees are like. */
  workspace: workspace.optional(),
  /** Names of environment variables that steps may see besides the usual ones. */
  env: z.array(z.string()).optional(),
  /** Secrets: name → environment variable that holds the value. A name not listed is looked up as it is. */
  secrets: z.record(z.string(), z.string()).optional(),
  /** Named gates, for dialects that name them only. */
  gates: z.record(z.string(), gate).optional(),
  /** MCP servers by name, as in a workflow; their texts may hold secrets. */
  mcp_servers: z.record(z.string(), mcpServer).optional(),
  /** Folders of plugins whose commands may be used. */
  plugins: z.array(z.string()).optional(),
  /** Steps of all runs of one process at once. */
  max_concurrent: z.number().int().positive().optional(),
  requests_per_minute: z.number().int().positive().optional(),
  /** How many failures in a row open a circuit breaker, and how long it stays open; false: there are none. */
  breaker: z
    .union([
      z.literal(false),
      z.strictObject({
        failures: z.number().int().positive().optional(),
        reset: z.union([z.string(), z.number()]).optional(),
      }),
    ])
    .optional(),
  /** Models by name, for the agent `model`; `default` is asked where a step names none. */
  models: modelsShape.optional(),
  /** Further agents. */
  agents: agentsShape.optional(),
  claude_code: z
    .strictObject({
      program: z.string().optional(),
      permission_mode: z
        .enum(["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto"])
        .optional(),
      setting_sources: z.string().optional(),
      args: z.array(z.string()).optional(),
    })
    .optional(),
});

/** `tutti.yaml`: settings of a project. */
export type Settings = z.infer<typeof settingsShape>;

/** JSON Schema of `tutti.yaml`. */
export function settingsJsonSchema(): JsonObject {
  return z.toJSONSchema(settingsShape, { unrepresentable: "any", io: "input" }) as JsonObject;
}

/** Reads `tutti.yaml` of a project; empty settings when there is none. Throws SETTINGS_INVALID with all mistakes. */
export function readSettings(projectDir: string): Settings {
  const file = join(projectDir, "tutti.yaml");
  const text = textOf(file);
  if (text === undefined) return {};
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken) throw invalid(firstLine(broken.message));
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // aliases that stand for far more than the file holds, or for nothing
    throw invalid(firstLine(messageOf(error)));
  }
  const parsed = settingsShape.safeParse(value ?? {});
  if (parsed.success) {
    limitsOf(parsed.data);
    breakerOf(parsed.data);
    serversOf(parsed.data);
    requireHeaders(parsed.data);
    return parsed.data;
  }
  throw invalid(
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "top level"}: ${issue.message}`).join("; "),
  );
}

/** What the file holds; undefined when there is none. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalid(messageOf(error));
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

/** The caps that a project's settings put on every run. Throws SETTINGS_INVALID. */
export function limitsOf({ limits = {} }: Settings): Partial<Limits> {
  const { mode: _, on_limit: __, ...caps } = limits;
  try {
    return Object.assign(
      {},
      ...Object.entries(caps).map(([name, value]) => (value === undefined ? {} : parseLimit(name, value))),
    );
  } catch (error) {
    throw invalid(messageOf(error));
  }
}

/** What the settings say of caps, for workflows that do not. */
export function limitRulesOf({ limits = {} }: Settings): LimitRules {
  const { mode, on_limit: onLimitIs } = limits;
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(onLimitIs === undefined ? {} : { onLimit: onLimitIs }),
  };
}

/** What the settings say of working trees, for workflows that do not. */
export function workspaceOf({ workspace: said = {} }: Settings): SaidWorkspace & { readonly dir?: string } {
  if (typeof said === "string") return { mode: said };
  const { dir, install, ...rest } = said;
  const written = typeof install === "string" ? { run: install } : install;
  return { ...saidWorkspace({ ...rest, install: written }), ...(dir === undefined ? {} : { dir }) };
}

/** The MCP servers of a project. Throws SETTINGS_INVALID. */
export function serversOf({ mcp_servers: servers = {} }: Settings): Readonly<Record<string, McpServerSpec>> {
  return Object.fromEntries(
    Object.entries(servers).map(([name, { command, args = [], env = {}, url = "", headers = {} }]) => {
      const server = command === undefined ? { url, headers } : { command, args, env };
      requireSecretsOnly(`mcp_servers.${name}`, server);
      return [name, server];
    }),
  );
}

/** What is sent to remote agents may name secrets, and nothing else. */
function requireHeaders({ agents = {} }: Settings): void {
  for (const [name, { a2a }] of Object.entries(agents))
    requireSecretsOnly(`agents.${name}.a2a.headers`, a2a?.headers ?? {});
}

/** A project knows no inputs and no steps. */
function requireSecretsOnly(place: string, texts: Json): void {
  try {
    const others = compileJsonTemplate(texts).references.filter(
      ({ root }) => root !== "secrets" && root !== "run",
    );
    if (others[0]) throw new Error(`"${others[0].root}" is not known here; use secrets or run`);
  } catch (error) {
    throw invalid(`${place}: ${firstLine(messageOf(error))}`);
  }
}

/** How circuit breakers work here; undefined: there are none. Throws SETTINGS_INVALID. */
export function breakerOf({ breaker = {} }: Settings): BreakerPolicy | undefined {
  if (breaker === false) return undefined;
  const { failures = defaultBreaker.failures, reset } = breaker;
  const resetMs = reset === undefined ? defaultBreaker.resetMs : parseDuration(reset);
  if (resetMs === undefined || resetMs < leastResetMs) {
    throw invalid(`breaker.reset: "${reset}" is no time of at least a second, such as 300s or 5m`);
  }
  return { failures, resetMs };
}
const leastResetMs = 1000;

function invalid(what: string): TuttiError {
  return new TuttiError("SETTINGS_INVALID", `Cannot read the settings "tutti.yaml": ${what}`, {
    fix: "correct the file; its keys are in docs/settings.md, or: tutti schema --settings",
  });
}
