import { setTimeout as sleep } from "node:timers/promises";
import type { Failure } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { AgentTask, McpServer } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { numberField, objectField, objectListField, textField } from "../fields.ts";
import { buildInstructions, buildPrompt, continuationPrompt } from "../prompt.ts";
import type { AcpEntry } from "./entry.ts";
import type { Link } from "./link.ts";
import type { Observer } from "./observer.ts";
import type { Sessions } from "./sessions.ts";

/** One program that is asked to do one task. */
export interface Talk {
  readonly entry: AcpEntry;
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly link: Link;
  readonly observer: Observer;
  readonly sessions: Sessions;
}

export interface Session {
  readonly id: string;
  readonly version: string | undefined;
  /** It is one that an earlier try has begun. */
  readonly isResumed: boolean;
  /** What it is to be told first. */
  readonly prompt: string;
}

/** Why a session cannot be used; found by tutti, not said by the agent. */
export class Unusable extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How long slash commands and the history of a session may take to be told. */
const patienceMs = 5000;
const quietMs = 200;

export function introduction(): JsonObject {
  return {
    protocolVersion: 1,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: { name: "tutti", title: "tutti", version: "1" },
  };
}

/** Introduces tutti, takes up the session of an earlier try or begins one, and sets what the step wants of it. */
export async function openSession(talk: Talk): Promise<Session> {
  const { link, entry, task } = talk;
  const about = await link.request("initialize", introduction());
  requireVersion(entry, about);
  const version = textField(objectField(about, "agentInfo"), "version");
  const before = talk.sessions.find(task.sessionId);
  const loaded =
    before !== undefined && objectField(about, "agentCapabilities")?.["loadSession"] === true
      ? await load(talk, before)
      : undefined;
  if (before !== undefined && loaded) {
    await set(talk, { id: before, options: optionsIn(loaded) });
    // The crash may have come before the prompt.
    const prompt = talk.observer.wasPrompted ? continuationPrompt(task) : await promptFor(talk);
    return { id: before, version, isResumed: true, prompt };
  }
  const made = await link.request("session/new", settingOf(talk));
  const id = textField(made, "sessionId") ?? "";
  await set(talk, { id, options: optionsIn(made) });
  const prompt = await promptFor(talk);
  return { id, version, isResumed: false, prompt: before === undefined ? prompt : `${prompt}${cutOff}` };
}

const cutOff =
  "\n\nAn earlier try of this task was cut off. Look first at what it has done already; do nothing twice.";

function requireVersion({ name }: AcpEntry, about: JsonObject): void {
  const version = numberField(about, "protocolVersion");
  if (version === 1) return;
  throw new Unusable({
    code: "AGENT_UNAVAILABLE",
    message: `Cannot talk with "${name}": it speaks version ${version ?? "?"} of the Agent Client Protocol, tutti speaks 1`,
    fix: "install a version of the agent that speaks ACP v1",
    class: "permanent",
  });
}

/** Undefined when the agent has the session no more: then the task is begun anew. */
async function load(talk: Talk, id: string): Promise<JsonObject | undefined> {
  const { link, observer } = talk;
  try {
    const loaded = await link.request("session/load", { sessionId: id, ...settingOf(talk) });
    // Some tell the history only after they have answered.
    const loadedAt = performance.now();
    await waitUntil(() => performance.now() - Math.max(observer.heardAt, loadedAt) > quietMs, talk);
    return loaded;
  } catch (error) {
    if (link.result === undefined) return undefined;
    throw error;
  }
}

function settingOf({ task, context, entry }: Talk): JsonObject {
  const servers = Object.entries(task.mcpServers ?? {}).map(([name, server]) => serverOf(name, server));
  return { cwd: context.cwd, mcpServers: servers, ...(entry.meta ? { _meta: metaOf(task) } : {}) };
}

function serverOf(name: string, server: McpServer): JsonObject {
  if ("url" in server) return { type: "http", name, url: server.url, headers: pairs(server.headers) };
  return { name, command: server.command, args: server.args, env: pairs(server.env) };
}

function pairs(values: Readonly<Record<string, string>>): readonly JsonObject[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** For a prompt the list is the whole set of tools; for a command it only grants, as its file does. */
function metaOf(task: AgentTask): JsonObject {
  const { tools, work } = task;
  const names = tools
    ?.map((tool) => tool.replace(/\(.*$/s, "").trim())
    .filter((name) => !name.startsWith("mcp__"));
  const isCut = names !== undefined && work.kind === "prompt";
  const append = besideCommand(task);
  return {
    claudeCode: { options: { promptSuggestions: false, ...(isCut ? { tools: [...new Set(names)] } : {}) } },
    ...(append === "" ? {} : { systemPrompt: { append } }),
  };
}

/** Everything after a command's name would become an argument of it, so the rest is said elsewhere. */
function besideCommand(task: AgentTask): string {
  if (!isNative(task)) return "";
  return [task.preamble ?? "", buildInstructions(task, { shape: "text" })].filter(Boolean).join("\n\n");
}

function isNative({ work }: AgentTask): boolean {
  return work.kind === "command" && work.command.native;
}

async function promptFor(talk: Talk): Promise<string> {
  const { task, entry, observer } = talk;
  if (entry.commands === "text" || task.work.kind === "prompt" || !isNative(task))
    return asText(buildPrompt(task, { shape: "text" }));
  const { name, arguments: args } = task.work.command;
  // They may be told in parts.
  await waitUntil(() => observer.commands !== undefined, talk);
  const told = performance.now();
  await waitUntil(() => observer.commands?.includes(name) === true || performance.now() > told + 500, talk);
  if (observer.commands?.includes(name) !== true) throw new Unusable(notExpanded(entry, name));
  return `/${name} ${args}`.trimEnd();
}

/** A text that begins with a slash would be looked up as a command. */
function asText(prompt: string): string {
  return prompt.trimStart().startsWith("/") ? `Task:\n\n${prompt}` : prompt;
}

function notExpanded({ name }: AcpEntry, command: string): Failure {
  return {
    code: "COMMAND_NOT_EXPANDED",
    message: `Cannot run "/${command}": "${name}" does not know it and would send it to the model as text`,
    fix: "check the file's place below .claude/commands, or set `commands: text` for the agent in tutti.yaml",
    class: "permanent",
  };
}

async function waitUntil(isTrue: () => boolean, { link, context }: Talk): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!isTrue() && performance.now() < until && link.result === undefined && !context.signal.aborted)
    await sleep(20);
}

interface Option {
  readonly id: string;
  readonly category: string;
  readonly current: string | undefined;
  readonly values: readonly string[];
}

function optionsIn(answer: JsonObject): readonly Option[] {
  return objectListField(answer, "configOptions").map((option) => ({
    id: textField(option, "id") ?? "",
    category: textField(option, "category") ?? "",
    current: textField(option, "currentValue"),
    values: valuesIn(option),
  }));
}

/** Values may come in groups. */
function valuesIn(option: JsonObject): readonly string[] {
  return objectListField(option, "options").flatMap((one) => textField(one, "value") ?? valuesIn(one));
}

interface Setting {
  readonly id: string;
  readonly options: readonly Option[];
}

/** The model before the thinking: which levels there are depends on it. */
async function set(talk: Talk, { id, options }: Setting): Promise<void> {
  const { entry, task } = talk;
  let now = options;
  const choose = async (option: Option | undefined, value: string): Promise<void> => {
    if (!option || option.current === value) return;
    const params = { sessionId: id, configId: option.id, value };
    const answer = await talk.link.request("session/set_config_option", params);
    if (answer["configOptions"] !== undefined) now = optionsIn(answer);
  };
  for (const [name, value] of Object.entries(entry.options))
    await choose(
      now.find((one) => one.id === name),
      value,
    );
  if (task.model !== undefined && entry.model && "option" in entry.model)
    await chooseModel(talk, { model: task.model, option: optionOf(now, entry.model.option), choose });
  const thinking = now.find((one) => one.category === "thought_level");
  if (task.effort !== undefined && thinking?.values.includes(task.effort) === true)
    await choose(thinking, task.effort);
}

function optionOf(options: readonly Option[], id: string): Option | undefined {
  return options.find((one) => one.id === id);
}

interface ModelChoice {
  readonly model: string;
  readonly option: Option | undefined;
  readonly choose: (option: Option, value: string) => Promise<void>;
}

async function chooseModel({ entry, link }: Talk, { model, option, choose }: ModelChoice): Promise<void> {
  if (!option) throw new Unusable(noModel(entry, { model, values: [] }));
  try {
    await choose(option, model);
  } catch (error) {
    if (link.result !== undefined) throw error;
    throw new Unusable(noModel(entry, { model, values: option.values }));
  }
}

function noModel(
  { name }: AcpEntry,
  { model, values }: { readonly model: string; readonly values: readonly string[] },
): Failure {
  const known = values.slice(0, 20).join(", ");
  return {
    code: "AGENT_FAILED",
    message: `Cannot use the model "${model}": "${name}" does not take it`,
    fix: known === "" ? "leave `model:` out; the agent has no choice of models" : `use one of: ${known}`,
    class: "permanent",
  };
}
