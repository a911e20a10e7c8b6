import { checkEnvNames, checkUrl } from "../checks/constants.ts";
import type { TextUse } from "../drafts.ts";
import { mcpServerShape, mcpShape } from "../mcp-shapes.ts";
import type { Spot } from "../places.ts";
import type { McpServerSpec } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { missingKey, type ReadObject, readObject, wrongType } from "./read-object.ts";
import { templateUsesIn } from "./texts.ts";
import { isObject } from "../../expression/json.ts";
import { below } from "../places.ts";

export interface ReadServers {
  readonly servers: Readonly<Record<string, McpServerSpec>>;
  readonly texts: readonly TextUse[];
}

/** Reads `mcp_servers:` of a workflow: each by its name, a program or a URL. */
export function readServers(loading: Loading, at: Located | undefined): ReadServers {
  if (!at) return { servers: {}, texts: [] };
  if (!isObject(at.value)) {
    wrongType(loading, { at, what: '"mcp_servers"', wanted: "an object of names and servers" });
    return { servers: {}, texts: [] };
  }
  const { value: all } = at;
  const members = Object.entries(all).map(([name, value]) => {
    const spot = below(at.spot, all, name);
    return { name, at: { value: value ?? null, spot } };
  });
  const read = members.flatMap((member) => readServer(loading, member) ?? []);
  return {
    servers: Object.fromEntries(read.map(({ name, server }) => [name, server])),
    texts: templateUsesIn(at, "workflow").map((use) => ({ ...use, key: "mcp_servers" })),
  };
}

interface Member {
  readonly name: string;
  readonly at: Located;
}

interface NamedServer {
  readonly name: string;
  readonly server: McpServerSpec;
}

function readServer(loading: Loading, { name, at }: Member): NamedServer | undefined {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) badName(loading, { name, at });
  const read = readObject(loading, at, mcpServerShape);
  if (!read) return undefined;
  const { command, args = [], env = {}, url, headers = {} } = read.leaves;
  checkKeys(loading, read);
  checkEnvNames(loading.report, read.part("env"));
  if (command !== undefined) {
    checkProgram(loading, read);
    return { name, server: { command, args, env } };
  }
  if (url === undefined) return undefined;
  checkUrl(loading.report, { value: url, spot: read.spotOf("url") });
  return { name, server: { url, headers } };
}

function badName({ report }: Loading, { name, at }: Member): void {
  const message = `Cannot use "${shown(name)}" as the name of an MCP server: it must be letters, digits, _ and -, with a letter or _ first`;
  report.add({ code: "BAD_VALUE", message, fix: "choose another name", at: at.spot, part: "key" });
}

type ReadServer = ReadObject<typeof mcpServerShape>;

/** A server is a program or a URL, and each has its own keys. */
function checkKeys(loading: Loading, read: ReadServer): void {
  const { report } = loading;
  const isProgram = read.has("command");
  if (!isProgram && !read.has("url")) {
    missingKey(loading, read.whole, { what: "the MCP server", key: "command" });
    return;
  }
  const foreign = (isProgram ? (["url", "headers"] as const) : (["args", "env"] as const)).filter((key) =>
    read.has(key),
  );
  const has = isProgram ? "command" : "url";
  for (const key of foreign) {
    const message = `Cannot use "${key}" here: the MCP server has "${has}", and is ${isProgram ? "a program" : "reached over HTTP"}`;
    report.add({
      code: "BAD_VALUE",
      message,
      fix: "take one of the two out",
      at: read.spotOf(key),
      part: "key",
    });
  }
  const { type } = read.leaves;
  const wanted = isProgram ? "stdio" : "http";
  if (type === undefined || type === wanted) return;
  const message = `Cannot use "${type}" as "type": the MCP server has "${has}"`;
  report.add({
    code: "BAD_VALUE",
    message,
    fix: `write "${wanted}", or take it out`,
    at: read.spotOf("type"),
  });
}

function checkProgram({ report }: Loading, read: ReadServer): void {
  const { command = "", args = [] } = read.leaves;
  const [program = "", ...rest] = command.trim().split(/\s+/);
  if (rest.length > 0 && !read.has("args") && !command.includes("${")) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(command)}" as "command": it is the name of a program, and its arguments stand beside it`,
      fix: `write "command: ${program}" and "args: [${rest.join(", ")}]"`,
      at: read.spotOf("command"),
    });
  }
  for (const key of ["command", "args"] as const) {
    const texts = key === "args" ? args : [command];
    if (!texts.some((text) => /\$\{[^}]*\bsecrets\b/.test(text))) continue;
    const message = `Cannot use a secret in "${key}": everybody on this machine can see the arguments of a program`;
    report.add({ code: "BAD_VALUE", message, fix: "put it into the server's `env:`", at: read.spotOf(key) });
  }
}

/** The same with the servers that the step names. */
export function withServers(loading: Loading, read: ReadStep, made: ReadAction): ReadAction {
  const { mcp_servers: names } = read.leaves;
  const { action } = made;
  if (action.kind === "agent") checkToolServers(loading, read);
  if (names === undefined || (action.kind !== "agent" && action.kind !== "command")) return made;
  const written = read.part("mcp_servers")?.value;
  const spot = read.spotOf("mcp_servers");
  const found = names.flatMap((name, index) => {
    const server = serverNamed(loading, name, Array.isArray(written) ? below(spot, written, index) : spot);
    return server ? [[name, server] as const] : [];
  });
  return { ...made, action: { ...action, mcpServers: Object.fromEntries(found) } };
}

/**
 * `mcp__server__tool` among `tools` is of a server of the step. An agent may have servers of its own: then the step names none, and the
 * workflow declares none of that name.
 */
function checkToolServers({ report, known, servers = {} }: Loading, read: ReadStep): void {
  const { tools = [], mcp_servers: own } = read.leaves;
  const written = read.part("tools")?.value;
  const spot = read.spotOf("tools");
  const declared = Object.keys({ ...known.servers, ...servers });
  for (const [index, rule] of tools.entries()) {
    const tool = rule.trim();
    const name = missingServer(tool, { own, declared });
    if (name === undefined) continue;
    const guess = report.nearest(name, own ?? []);
    report.add({
      code: "UNKNOWN_SERVER",
      message: `Cannot allow "${shown(tool)}": the step has no MCP server "${shown(name)}"`,
      fix: fixFor(name, { own: own ?? [], isDeclared: declared.includes(name), guess }),
      at: Array.isArray(written) ? below(spot, written, index) : spot,
    });
  }
}

/** The server that a rule is about and that the step lacks. */
function missingServer(
  tool: string,
  { own, declared }: { readonly own: readonly string[] | undefined; readonly declared: readonly string[] },
): string | undefined {
  const isOf = (name: string) => tool === `mcp__${name}` || tool.startsWith(`mcp__${name}__`);
  if (!tool.startsWith("mcp__") || own?.some(isOf)) return undefined;
  return declared.find(isOf) ?? (own ? tool.split("__")[1] : undefined);
}

interface Missing {
  readonly own: readonly string[];
  readonly isDeclared: boolean;
  readonly guess: string | undefined;
}

function fixFor(name: string, { own, isDeclared, guess }: Missing): string {
  if (isDeclared) return `write "mcp_servers: [${[...own, name].join(", ")}]" on the step`;
  return guess === undefined ? "take it out, or give the step that server" : `write "mcp__${guess}"`;
}

function serverNamed(
  { report, known, servers = {} }: Loading,
  name: string,
  at: Spot,
): McpServerSpec | undefined {
  const all = { ...known.servers, ...servers };
  if (Object.hasOwn(all, name)) return all[name];
  const guess = report.nearest(name, Object.keys(all));
  const message = `Cannot find the MCP server "${shown(name)}": the workflow declares none of this name`;
  const fix = guess
    ? `write "${guess}"`
    : `declare it: "mcp_servers: {${shown(name)}: {command: …}}" in the workflow or in tutti.yaml`;
  report.add({ code: "UNKNOWN_SERVER", message, fix, at });
  return undefined;
}

/** Reads `mcp:`, a tool of a server: `{server: …, tool: …}` or `server.tool`, its arguments in `with:`. */
export function readMcp(loading: Loading, step: ReadStep): ReadAction {
  const at = step.part("mcp") ?? step.whole;
  const named = typeof at.value === "string" ? splitName(loading, at, at.value) : readNames(loading, at);
  const given = argumentsOf(loading, step);
  const texts = given ? templateUsesIn(given, "step") : [];
  const args = given?.value ?? {};
  if (!named)
    return { action: { kind: "mcp", server: "", tool: "", args, mcpServers: {} }, texts, callees: [] };
  const { server, tool, spot } = named;
  const found = serverNamed(loading, server, spot);
  const mcpServers = found ? { [server]: found } : {};
  return { action: { kind: "mcp", server, tool, args, mcpServers }, texts, callees: [] };
}

interface Named {
  readonly server: string;
  readonly tool: string;
  readonly spot: Spot;
}

function splitName(loading: Loading, at: Located, text: string): Named | undefined {
  if (fixedOnly(loading, at, text)) return undefined;
  const [, server, tool] = /^([A-Za-z_][\w-]*)[./](\S+)$/.exec(text.trim()) ?? [];
  if (server !== undefined && tool !== undefined) return { server, tool, spot: at.spot };
  wrongType(loading, { at, what: '"mcp"', wanted: "server.tool, or an object with server and tool" });
  return undefined;
}

function readNames(loading: Loading, at: Located): Named | undefined {
  const read = readObject(loading, at, mcpShape);
  if (!read) return undefined;
  const { server, tool } = read.leaves;
  for (const key of ["server", "tool"] as const)
    if (!read.has(key)) missingKey(loading, at, { what: "`mcp`", key });
  if (server === undefined || tool === undefined) return undefined;
  if (fixedOnly(loading, at, `${server}${tool}`)) return undefined;
  return { server, tool, spot: read.spotOf("server") };
}

/** True, and reported, when a name is made while the run goes on. */
function fixedOnly({ report }: Loading, at: Located, name: string): boolean {
  if (!name.includes("${")) return false;
  const message = `Cannot use "${shown(name)}" as a tool: its name is fixed when the file is loaded`;
  report.add({ code: "BAD_VALUE", message, fix: "write the name itself", at: at.spot });
  return true;
}

/** `with`, or `args` as another word for it: an object, or a text that gives one. */
function argumentsOf(loading: Loading, step: ReadStep): Located | undefined {
  const [given, second] = [step.part("with"), step.part("args")].filter((part) => part !== undefined);
  if (second) {
    const message = 'Cannot use "args" here: the step already has "with", which means the same';
    loading.report.add({
      code: "BAD_VALUE",
      message,
      fix: "keep one of the two",
      at: second.spot,
      part: "key",
    });
  }
  const fits =
    !given || isObject(given.value) || (typeof given.value === "string" && given.value.includes("${"));
  if (!fits)
    wrongType(loading, {
      at: given,
      what: "the arguments of a tool",
      wanted: "an object of keys and values",
    });
  return fits ? given : undefined;
}
