import { isAbsolute, relative, resolve } from "node:path";
import { fitsShell } from "../../commands/tools.ts";
import type { JsonObject } from "../../expression/json.ts";
import { globTest } from "../../files/glob.ts";
import { objectListField, textField } from "../fields.ts";
import { pathInside } from "../inside.ts";
import type { AcpEntry } from "./entry.ts";
import type { ToolCall } from "./tool-call.ts";

export interface PermissionRules {
  readonly allow: AcpEntry["allow"];
  /** `tools:` of the step; absent: `allow` decides. */
  readonly tools: readonly string[] | undefined;
  /** Names of the MCP servers that the step was given. */
  readonly servers: readonly string[];
  readonly cwd: string;
}

/** Whether a call may be made. Nothing is allowed that is not understood. */
export async function allows(call: ToolCall, rules: PermissionRules): Promise<boolean> {
  if (harmless.has(plain(call.name))) return true;
  if (openServers(rules).some((server) => isOfServer(call, server))) return true;
  if (rules.tools) return await anyRule(call, { ...rules, tools: rules.tools });
  switch (call.kind) {
    case "think":
      return true;
    case "read":
    case "search":
      return rules.allow === "all" || (await areInside(call.paths, rules.cwd));
    case "edit":
    case "move":
    case "delete":
      return rules.allow === "all" || (rules.allow === "edit" && (await isInside(call, rules.cwd)));
    default:
      return rules.allow === "all" || delegating.has(plain(call.name));
  }
}

/**
 * The calls of these that `tools:` of the step does not allow; none where it does not say what may be called. A thought or a
 * change of the agent's own mode touches nothing.
 */
export async function beyondTools(
  calls: readonly ToolCall[],
  rules: PermissionRules,
): Promise<readonly ToolCall[]> {
  if (!rules.tools) return [];
  const found: ToolCall[] = [];
  for (const call of calls) if (!inward.has(call.kind) && !(await allows(call, rules))) found.push(call);
  return found;
}

const inward = new Set(["think", "switch_mode"]);

/** Servers of the step of which `tools:` names no tool: then all of them are meant. */
function openServers({ servers, tools = [] }: PermissionRules): readonly string[] {
  return servers.filter((server) => !tools.some((rule) => rule.trim().startsWith(`mcp__${server}__`)));
}

/** The answer to a request for permission: this one call, never for good. */
export function answerTo(request: JsonObject, isAllowed: boolean): JsonObject {
  const options = objectListField(request, "options");
  const kinds = isAllowed ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
  for (const kind of kinds) {
    const optionId = textField(
      options.find((option) => option["kind"] === kind),
      "optionId",
    );
    if (optionId !== undefined) return { outcome: { outcome: "selected", optionId } };
  }
  return { outcome: { outcome: "cancelled" } };
}

/** They touch nothing but the agent's own notes. */
const harmless = new Set(
  "todowrite todoread writetodos updatetopic updateplan activateskill skill toolsearch listagents reportfindings".split(
    " ",
  ),
);
/** What their helpers call is asked for like anything else. */
const delegating = new Set(["agent", "task", "invokeagent"]);

/** Kinds of calls that a rule of this name is about; the names are Claude Code's. */
const kindsOf: Readonly<Record<string, readonly string[]>> = {
  read: ["read"],
  grep: ["search"],
  glob: ["search"],
  ls: ["search", "read"],
  edit: ["edit", "move", "delete"],
  multiedit: ["edit", "move", "delete"],
  write: ["edit", "move", "delete"],
  notebookedit: ["edit"],
  bash: ["execute"],
  webfetch: ["fetch"],
  websearch: ["fetch", "search"],
  agent: ["think"],
  task: ["think"],
};

async function anyRule(
  call: ToolCall,
  { tools, cwd }: { readonly tools: readonly string[]; readonly cwd: string },
): Promise<boolean> {
  for (const rule of tools) {
    const [, name = "", specifier] = /^\s*([^(]*?)\s*(?:\((.*)\))?\s*$/s.exec(rule) ?? [];
    if (!isAbout(call, name)) continue;
    if (specifier === undefined || specifier === "*" || (await fits(call, { specifier, cwd }))) return true;
  }
  return false;
}

function isAbout(call: ToolCall, name: string): boolean {
  const server = /^mcp__(.+?)(?:__(.+))?$/.exec(name);
  if (server) return isOfServer(call, server[1] ?? "", server[2]);
  const wanted = plain(name);
  const kinds = kindsOf[wanted];
  if (kinds) return kinds.includes(call.kind) || (call.kind === "other" && wanted === plain(call.name));
  return wanted !== "" && wanted === plain(call.name);
}

/** Agents name a server's tool `mcp__words__say`, `mcp_words_say` or `words_say`. */
function isOfServer(call: ToolCall, server: string, tool?: string): boolean {
  const name = call.name.toLowerCase().replace(/^mcp_+/, "");
  const of = server.toLowerCase();
  const rest = ["__", "_", ".", "/"].flatMap((joint) =>
    name.startsWith(of + joint) ? [name.slice(of.length + joint.length)] : [],
  );
  return tool === undefined ? rest.length > 0 : rest.includes(tool.toLowerCase());
}

async function fits(
  call: ToolCall,
  { specifier, cwd }: { readonly specifier: string; readonly cwd: string },
): Promise<boolean> {
  if (call.kind === "execute") return call.command !== undefined && fitsShell(call.command, specifier);
  if (call.kind === "fetch") return hostFits(call.url, specifier);
  if (call.paths.length === 0 || !(await areInside(call.paths, cwd))) return false;
  const test = globTest(specifier.replace(/^\.?\//, ""));
  return call.paths.every((path) => test(relative(cwd, resolve(cwd, path))));
}

function hostFits(url: string | undefined, specifier: string): boolean {
  const domain = /^domain:(.+)$/.exec(specifier)?.[1];
  if (url === undefined || domain === undefined || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

async function isInside(call: ToolCall, cwd: string): Promise<boolean> {
  return call.paths.length > 0 && (await areInside(call.paths, cwd));
}

async function areInside(paths: readonly string[], cwd: string): Promise<boolean> {
  for (const path of paths) {
    const way = isAbsolute(path) ? relative(cwd, path) : path;
    if (way === "" || way === ".") continue;
    if (!(await isHeld(cwd, way))) return false;
  }
  return true;
}

async function isHeld(cwd: string, path: string): Promise<boolean> {
  try {
    await pathInside(cwd, path);
    return true;
  } catch {
    return false;
  }
}
