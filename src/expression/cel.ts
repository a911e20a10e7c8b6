import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { circular, fail, numbered, unmet } from "./functions.ts";
import { type Meter, sizeCost, spend, walkCost } from "./meter.ts";

/** CEL as tutti speaks it: the standard, optional values, lists of mixed types, and numbers of JSON. */
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
});

// JSON does not say whether a number is an integer or a double: 3 and 2.5 must combine.
const mixed: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};
for (const [sign, combine] of Object.entries(mixed)) {
  const handler = (left: number | bigint, right: number | bigint) => combine(Number(left), Number(right));
  environment.registerOperator(`int ${sign} double: double`, handler);
  environment.registerOperator(`double ${sign} int: double`, handler);
}
environment.registerOperator("int == double: bool", (left: bigint, right: number) => Number(left) === right);

/** The name under which `matches` of the library is replaced by one that takes linear time. */
const linearMatches = "matches_re2";
environment.registerFunction(`string.${linearMatches}(string): bool`, matches);
environment.registerFunction("matches(string, string): bool", matches);

environment.registerFunction("circular(list): list", circular);
environment.registerFunction("unmet(list): list", unmet);
environment.registerFunction("numbered(list): list", numbered);
environment.registerFunction("fail(string): dyn", fail);

// Conversions of the standard that the library lacks.
environment.registerFunction("int(uint): int", (value: { readonly value: bigint }) => value.value);
environment.registerFunction("int(google.protobuf.Timestamp): int", (time: Date) =>
  BigInt(Math.floor(time.getTime() / 1000)),
);
environment.registerFunction("string(google.protobuf.Timestamp): string", timestampText);
environment.registerFunction("string(google.protobuf.Duration): string", String);

/** A timestamp as text, by RFC 3339. */
export function timestampText(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

/** Names that are types or namespaces of CEL when they stand alone. */
export const celNames: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "type",
  "uint",
  "cel",
  "google",
  "optional",
]);

type Program = (values: ReadonlyMap<string, unknown>) => unknown;
export interface Parsed {
  readonly root: ASTNode;
  readonly run: Program;
  /** The error of the type check, or the static type as CEL names it; "dyn" when that depends on the values. */
  readonly check: () => { readonly error?: unknown; readonly type: string };
}

/** Parses CEL; throws the library's ParseError. */
export function parseCel(text: string): Parsed {
  const parsed = environment.parse(text);
  return {
    root: parsed.ast,
    run: (values) => parsed(values),
    check: () => {
      const { valid, error, type = "dyn" } = parsed.check();
      return valid ? { type } : { error, type };
    },
  };
}

/** The message of the library in the words of the author. */
export function celSummary(summary: string): string {
  return summary.replaceAll(linearMatches, "matches").replaceAll(/\bdyn<(.*?)>/g, "$1");
}

type Regex = ReturnType<typeof RE2JS.compile>;
const maxPatterns = 200;
const patterns = new Map<string, Regex>();

/** The compiled pattern; throws when it is not RE2 syntax. The last used ones are kept. */
export function regexOf(pattern: string): Regex {
  const known = patterns.get(pattern);
  if (known) return known;
  const regex = RE2JS.compile(pattern);
  if (patterns.size === maxPatterns) patterns.clear();
  patterns.set(pattern, regex);
  return regex;
}

function matches(text: string, pattern: string): boolean {
  return regexOf(pattern).test(text);
}

/**
 * What tutti uses of a syntax node beyond its published type; the version is pinned, and tests of this room fail when
 * one of these changes.
 */
interface InnerNode {
  readonly meta: { readonly alternate?: InnerNode; readonly evaluate: Evaluate };
  setMeta(key: "evaluate", evaluate: Evaluate): void;
  args: unknown;
  readonly left: InnerNode;
  readonly right: InnerNode;
  readonly receiverWithArgs: readonly InnerNode[];
  handle(...args: unknown[]): unknown;
}
interface Evaluator {
  run(node: unknown, context: unknown): unknown;
}
type Evaluate = (evaluator: Evaluator, node: InnerNode, context: unknown) => unknown;

function inner(node: ASTNode): InnerNode {
  return node as unknown as InnerNode;
}

export type Call = Extract<ASTNode, { readonly op: "call" | "rcall" }>;

/** Gives an identifier the name under which its value is bound. */
export function renameIdentifier(node: ASTNode, name: string): void {
  inner(node).args = name;
}

/** Makes a comparison, `in` or `+` pay for the size of its operands. */
export function meterOperator(node: ASTNode, meter: Meter): void {
  const cost = operatorCost(node.op);
  inner(node).setMeta("evaluate", (evaluator, ast, context) => {
    const left = evaluator.run(ast.left, context);
    const right = evaluator.run(ast.right, context);
    spend(meter, cost(left, right, meter.left));
    return ast.handle(left, right, ast, evaluator);
  });
}

type Cost = (left: unknown, right: unknown, limit: number) => number;

function operatorCost(op: string): Cost {
  if (op === "+") return (left, right) => sizeCost(left) + sizeCost(right);
  if (op === "in") return (left, right, limit) => walkCost(left, limit) * sizeCost(right);
  return (left, right, limit) => Math.min(walkCost(left, limit), walkCost(right, limit));
}

/** Makes a call of a function or method pay for the size of its arguments and result. */
export function meterCall(node: Call, meter: Meter): void {
  if (node.op === "rcall" && node.args[0] === "matches") node.args[0] = linearMatches;
  const name = node.args[0];
  const method = node.op === "rcall";
  inner(node).setMeta("evaluate", (evaluator, ast, context) => {
    const nodes = method ? ast.receiverWithArgs : (ast.args as readonly [string, readonly InnerNode[]])[1];
    const values = nodes.map((argument) => evaluator.run(argument, context));
    spend(meter, callCost(name, values, meter.left));
    const result = method ? ast.handle(values, evaluator, ast) : ast.handle(values, ast, evaluator);
    spend(meter, sizeCost(result));
    return result;
  });
}

function callCost(name: string, values: readonly unknown[], limit: number): number {
  if (name === "size") return typeof values[0] === "string" ? sizeCost(values[0]) : 1;
  if (name === "join") return walkCost(values[0], limit) + sizeCost(values[0]) * sizeCost(values[1]);
  const cost = values.reduce<number>((sum, value) => sum + sizeCost(value), 0);
  // A character costs a regular expression about as much as four cost a search.
  return name.startsWith("matches") ? 4 * cost : cost;
}

/** Makes a macro that loops (map, filter, all, exists …) pay for its rounds; `bodySize` in syntax nodes. */
export function meterLoop(node: ASTNode, meter: Meter, { bodySize }: { readonly bodySize: number }): void {
  inner(node).meta.alternate?.setMeta("evaluate", (evaluator, ast, context) => {
    const loop = ast.args as { readonly iterable: InnerNode };
    const items = evaluator.run(loop.iterable, context);
    spend(meter, sizeCost(items) * bodySize);
    return ast.handle(items, loop, evaluator, context);
  });
}

/** Makes a map literal give a `Map`, in which every key is only a key (the library drops `constructor`). */
export function safeMapLiteral(node: ASTNode): void {
  inner(node).setMeta("evaluate", (evaluator, ast, context) => {
    const entries = ast.args as readonly (readonly [InnerNode, InnerNode])[];
    return new Map(
      entries.map(([key, value]) => [evaluator.run(key, context), evaluator.run(value, context)]),
    );
  });
}
