import { isObject } from "../expression/json.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { schemaFaults, type SchemaFault } from "../expression/json-schema.ts";
import type { CommandDoc } from "../ports/command-catalog.ts";
import type { Oddity } from "./front-matter.ts";
import { readParameters } from "./parameters.ts";
import { readTools } from "./tools.ts";
import { triage } from "./triage.ts";
import type { Entry } from "./yaml-text.ts";

type Metadata = Pick<
  CommandDoc,
  | "description"
  | "allowedTools"
  | "argumentHint"
  | "arguments"
  | "parameters"
  | "model"
  | "dependencies"
  | "complexity"
  | "complexityReason"
  | "agents"
  | "output"
  | "extra"
>;

/** What a command's front matter says. A key that has no meaning here is kept in `extra`. */
export function readMetadata(
  entries: readonly Entry[],
  body: string,
): { readonly metadata: Metadata; readonly oddities: readonly Oddity[] } {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const description = readDescription(byKey.get("description"));
  const output = readOutput(byKey.get("output"));
  const tools = readTools((byKey.get("allowed-tools") ?? byKey.get("tools"))?.value);
  const agents = readNames(byKey.get("agents")?.value);
  const dependencies = readNames(byKey.get("dependencies")?.value);
  const parameters = readParameters(byKey.get("arguments")?.value);
  const declared = textOf(byKey.get("complexity"));
  const { complexity, because } = triage({ declared, body, tools, agents, dependencies });
  const metadata: Metadata = {
    description: description.text ?? firstLine(body),
    ...optional("allowedTools", tools),
    ...optional("argumentHint", textOf(byKey.get("argument-hint"))),
    arguments: parameters.map((parameter) => parameter.name),
    parameters,
    ...optional("model", textOf(byKey.get("model"))),
    dependencies,
    complexity,
    complexityReason: because,
    agents,
    ...optional("output", output.schema),
    extra: extraOf(entries, output.schema === undefined),
  };
  const oddities = [
    ...description.oddities,
    ...output.oddities,
    ...levelOddity(byKey.get("complexity"), because),
  ];
  return { metadata, oddities };
}

function levelOddity(entry: Entry | undefined, because: string): Oddity[] {
  if (!entry || entry.value === null || !because.startsWith("estimated")) return [];
  return [
    {
      line: entry.line,
      what: '"complexity" is none of simple, medium, complex',
      repair: "it was estimated from the file",
      fix: "write complexity: simple, medium or complex",
    },
  ];
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

const ownKeys = new Set(
  "description allowed-tools argument-hint arguments model dependencies complexity agents".split(" "),
);

function extraOf(entries: readonly Entry[], withOutput: boolean): JsonObject {
  // An agent's tools are under "tools"; beside "allowed-tools" the key has another meaning.
  const toolsKey = entries.some((entry) => entry.key === "allowed-tools") ? "allowed-tools" : "tools";
  const others = entries.filter(
    ({ key }) => !ownKeys.has(key) && key !== toolsKey && (key !== "output" || withOutput),
  );
  return Object.fromEntries(others.map((entry) => [entry.key, entry.value]));
}

/** A value as a person reads it in the file: `[a] [b]`, `1.10` and `yes` stay what they are. */
function textOf(entry: Entry | undefined): string | undefined {
  if (!entry || entry.value === null) return undefined;
  if (typeof entry.value === "string") return entry.value.trim();
  if (Array.isArray(entry.value) && !entry.raw.startsWith("["))
    return entry.value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(" ");
  return entry.raw === "" ? JSON.stringify(entry.value) : entry.raw;
}

/** YAML cuts a plain text at ` #`; before `#1234` that is never meant, so the text is kept whole. */
function readDescription(entry: Entry | undefined): {
  readonly text: string | undefined;
  readonly oddities: readonly Oddity[];
} {
  const text = textOf(entry);
  const whole = entry?.lineText.replace(/^description[ \t]*:[ \t]*/, "").trim();
  if (!entry || !text || !whole || !/^[^"'|>[{&*!]/.test(whole)) return { text, oddities: [] };
  if (!whole.startsWith(text) || !/^\s+#\S/.test(whole.slice(text.length))) return { text, oddities: [] };
  const oddity: Oddity = {
    line: entry.line,
    what: '"description" has a # that YAML takes for a comment',
    repair: "the text after it was kept",
    fix: "put the value in quotes: description: '…'",
  };
  return { text: whole, oddities: [oddity] };
}

/** The first line with text, without the marks of a heading. */
function firstLine(body: string): string {
  const line = body.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  return line.trim().replace(/^#+\s+/, "");
}

/** Names in a list, a mapping's keys, or a text separated by commas or lines. */
function readNames(value: Json | undefined): readonly string[] {
  const names = namesIn(value).map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== "");
}

function namesIn(value: Json | undefined): string[] {
  if (typeof value === "string") return value.replace(/^\[(.*)\]$/s, "$1").split(/[,\n]/);
  if (typeof value === "number") return [String(value)];
  if (Array.isArray(value)) return value.flatMap((item) => (isObject(item) ? nameOf(item) : namesIn(item)));
  return isObject(value) ? Object.keys(value) : [];
}

/** `{name: x, …}` and `{command: x, …}` name x; `{x: why}` names x. */
function nameOf(item: JsonObject): string[] {
  const named = item.command ?? item.name;
  return typeof named === "string" ? [named] : Object.keys(item);
}

const schemaKeys = ["type", "properties", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "items"];

function readOutput(entry: Entry | undefined): {
  readonly schema: JsonObject | undefined;
  readonly oddities: readonly Oddity[];
} {
  if (!entry || entry.value === null) return { schema: undefined, oddities: [] };
  const { value } = entry;
  if (isObject(value) && schemaKeys.some((key) => Object.hasOwn(value, key))) {
    const [fault] = schemaFaults(value);
    return fault ? unusable(entry, fault) : { schema: value, oddities: [] };
  }
  const oddity: Oddity = {
    line: entry.line,
    what: '"output" is no JSON Schema',
    repair: "it was kept as an unknown key",
    fix: "write a JSON Schema, such as output: {type: object, properties: {…}}",
  };
  return { schema: undefined, oddities: [oddity] };
}

function unusable({ line }: Entry, { message, fix }: SchemaFault): ReturnType<typeof readOutput> {
  const what = `"output" is a JSON Schema that no value can be checked by: ${message}`;
  return {
    schema: undefined,
    oddities: [{ line, what, repair: "it was kept as an unknown key", fix }],
  };
}
