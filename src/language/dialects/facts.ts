import { isTuttiError } from "../../errors.ts";
import { compileExpression, type Reference } from "../../expression/expression.ts";
import { isObject, type Json, type JsonObject } from "../../expression/json.ts";

/**
 * Names that conditions of older dialects use without saying where they come from (`affects_files <= 3`). Somebody has
 * to give them: the workflow's inputs, or a step whose output then has them.
 */
export interface Facts {
  /** What stands before a name, such as `inputs` or `auto.output`. */
  readonly giver: string;
  /** Names that mean what they say: steps, and the names that every expression has. */
  readonly taken: ReadonlySet<string>;
  /** Members of the giver that are named as such are asked for as well. */
  readonly declares: boolean;
  /** What was asked for, by name: JSON Schemas. */
  readonly asked: Map<string, JsonObject>;
}

const always = ["inputs", "env", "secrets", "run", "steps", "feedback", "item"];

export interface FactsOptions {
  readonly taken?: Iterable<string>;
  readonly declares?: boolean;
}

export function factsOf(giver: string, { taken = [], declares = false }: FactsOptions = {}): Facts {
  return { giver, taken: new Set([...always, ...taken]), declares, asked: new Map() };
}

/** The condition with every name that nobody gives taken from the giver. What is no expression comes back as it is. */
export function withFacts(facts: Facts, condition: string): string {
  const wrapped = /^\s*\$\{\{?([^]*?)\}?\}\s*$/.exec(condition)?.[1] ?? condition;
  let result = "";
  let done = 0;
  for (const reference of referencesIn(wrapped)) {
    const { root, path } = reference;
    const type = typeBeside(wrapped, reference);
    const [member, ...rest] = path;
    if (facts.declares && root === facts.giver && member !== undefined)
      ask(facts, { root: member, path: rest }, type);
    if (facts.taken.has(root)) continue;
    ask(facts, reference, type);
    result += `${wrapped.slice(done, reference.start)}${facts.giver}.`;
    done = reference.start;
  }
  return done === 0 && result === "" ? condition : result + wrapped.slice(done);
}

function referencesIn(text: string): readonly Reference[] {
  try {
    return compileExpression(text).references.toSorted((a, b) => a.start - b.start);
  } catch (error) {
    // It is reported when the condition itself is read.
    if (isTuttiError(error)) return [];
    throw error;
  }
}

/** The schema of what was asked for: all of it is required. */
export function factsSchema({ asked }: Facts): JsonObject {
  return { type: "object", properties: Object.fromEntries(asked), required: [...asked.keys()] };
}

function ask({ asked }: Facts, { root, path }: Pick<Reference, "root" | "path">, type: JsonObject): void {
  const schema = path.reduceRight<JsonObject>(
    (inner, key) => ({ type: "object", properties: { [key]: inner }, required: [key] }),
    type,
  );
  asked.set(root, merged(asked.get(root), schema));
}

function merged(first: JsonObject | undefined, second: JsonObject): JsonObject {
  if (!first || Object.keys(first).length === 0) return second;
  const a = first["properties"];
  const b = second["properties"];
  if (!isObject(a) || !isObject(b)) return first;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const both = (name: string): Json => merged(asObject(a[name]), asObject(b[name]) ?? {});
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, both(name)])),
    required: names,
  };
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

const operator = String.raw`(?:[<>]=?|[=!]=)`;
const after: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`^\s*(?:${operator}|in\s*\[)\s*-?\d`), "number"],
  [new RegExp(String.raw`^\s*(?:${operator}|in\s*\[)\s*["']`), "string"],
  [/^\s*[=!]=\s*(?:true|false)\b/, "boolean"],
];
const before: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`\d\s*${operator}\s*$`), "number"],
  [new RegExp(String.raw`["']\s*${operator}\s*$`), "string"],
];
const alone = /^\s*(?:AND\b|OR\b|&&|\|\||\)|\?|$)/;
const opens = /(?:^|\bAND|\bOR|\bNOT|&&|\|\||!|(?<!\w)\()\s*$/;

/** What a name must be, told by what it is compared with; standing for itself it is true or false. */
function typeBeside(text: string, { start, end }: Reference): JsonObject {
  const rest = text.slice(end);
  const lead = text.slice(0, start);
  const found =
    after.find(([pattern]) => pattern.test(rest)) ?? before.find(([pattern]) => pattern.test(lead));
  if (found) return { type: found[1] };
  return alone.test(rest) && opens.test(lead) ? { type: "boolean" } : {};
}
