import type { ASTNode } from "@marcbachmann/cel-js";
import {
  type Call,
  celNames,
  meterCall,
  meterLoop,
  meterOperator,
  renameIdentifier,
  safeMapLiteral,
} from "./cel.ts";
import type { Meter } from "./meter.ts";

/** Where an expression names something outside itself: `scan.output.issues` → root "scan", path ["output","issues"]. Offsets into the text given to the compile function. */
export interface Reference {
  readonly root: string;
  /** Fields and literal text keys, up to the first index that is not a literal text. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** An == or != of a reference with a string literal; `in` a list of literals counts as == with its first. */
export interface Comparison {
  readonly reference: Reference;
  readonly literal: string;
  readonly operator: "==" | "!=";
}

export interface Analysis {
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
  /** The expression is nothing but this reference. */
  readonly only: Reference | undefined;
  /** Levels of syntax, and levels of loops inside loops. */
  readonly depth: number;
  readonly loopDepth: number;
  /** Literal patterns of `matches`. */
  readonly patterns: readonly Pattern[];
}

interface Pattern {
  readonly pattern: string;
  readonly start: number;
  readonly end: number;
}

/** Levels of operators, fields and calls; what lies deeper is not looked at, as the expression is refused. */
export const maxDepth = 200;

interface Visitor {
  /** Added to every offset. */
  readonly offset: number;
  readonly meter: Meter;
  readonly references: Reference[];
  readonly comparisons: Comparison[];
  readonly patterns: Pattern[];
  nodes: number;
  depth: number;
  loopDepth: number;
}

interface Place {
  /** Variables bound by macros around this node. */
  readonly bound: ReadonlySet<string>;
  readonly depth: number;
  readonly loops: number;
}

const loopArguments: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/**
 * Finds what an expression refers to, and prepares its nodes for a bounded and safe evaluation: what can be costly
 * pays from `meter`, map literals are maps. Must run before the first check or evaluation.
 */
export function analyse(
  root: ASTNode,
  options: { readonly offset: number; readonly meter: Meter },
): Analysis {
  const visitor: Visitor = {
    ...options,
    references: [],
    comparisons: [],
    patterns: [],
    nodes: 0,
    depth: 0,
    loopDepth: 0,
  };
  visit(root, { bound: new Set(), depth: 1, loops: 0 }, visitor);
  const whole = chainOf(root);
  const only =
    whole && !whole.optional && visitor.references.length === 1 ? visitor.references[0] : undefined;
  const { references, comparisons, depth, loopDepth, patterns } = visitor;
  return { references, comparisons, only, depth, loopDepth, patterns };
}

function visit(node: ASTNode, place: Place, visitor: Visitor): void {
  visitor.nodes++;
  visitor.depth = Math.max(visitor.depth, place.depth);
  visitor.loopDepth = Math.max(visitor.loopDepth, place.loops);
  if (place.depth > maxDepth) return;
  const chain = chainOf(node);
  if (chain) visitChain(chain, place, visitor);
  else visitOther(node, place, visitor);
}

function visitOther(node: ASTNode, place: Place, visitor: Visitor): void {
  switch (node.op) {
    case "call":
    case "rcall":
      visitCall(node, place, visitor);
      return;
    case "==":
    case "!=":
    case "in":
    case "+":
      meterOperator(node, visitor.meter);
      visitAll(node.args, place, visitor);
      compare(node, visitor);
      return;
    case "map":
      safeMapLiteral(node);
      visitAll(node.args.flat(), place, visitor);
      return;
    default:
      visitAll(operandsOf(node), place, visitor);
  }
}

function visitAll(nodes: readonly ASTNode[], place: Place, visitor: Visitor): void {
  for (const node of nodes) visit(node, { ...place, depth: place.depth + 1 }, visitor);
}

/** The nodes below a node that is no call and no map. */
function operandsOf(node: ASTNode): readonly ASTNode[] {
  const args: unknown = node.args;
  return (Array.isArray(args) ? args : [args]).filter(isNode);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "start" in value;
}

function visitCall(node: Call, place: Place, visitor: Visitor): void {
  const args = node.op === "call" ? node.args[1] : node.args[2];
  const receiver = node.op === "rcall" ? node.args[1] : undefined;
  if (!receiver) return visitPlainCall(node, place, { visitor, receiver, args });
  const loop = loopVariable(node.args[0], args);
  const bind = bindVariable(node, receiver, args);
  if (loop !== undefined) visitLoop(node, place, { visitor, receiver, variable: loop, args });
  else if (bind !== undefined) visitBind(args, place, { visitor, variable: bind });
  else visitPlainCall(node, place, { visitor, receiver, args });
}

interface LoopParts {
  readonly visitor: Visitor;
  readonly receiver: ASTNode;
  readonly variable: string;
  readonly args: readonly ASTNode[];
}

function visitLoop(node: Call, place: Place, { visitor, receiver, variable, args }: LoopParts): void {
  visitAll([receiver], place, visitor);
  const before = visitor.nodes;
  const bound = new Set(place.bound).add(variable);
  visitAll(args.slice(1), { ...place, bound, loops: place.loops + 1 }, visitor);
  meterLoop(node, visitor.meter, { bodySize: visitor.nodes - before });
}

interface CallParts {
  readonly visitor: Visitor;
  readonly receiver: ASTNode | undefined;
  readonly args: readonly ASTNode[];
}

function visitPlainCall(node: Call, place: Place, { visitor, receiver, args }: CallParts): void {
  if (!isMacro(node, args)) meterCall(node, visitor.meter);
  if (node.args[0].startsWith("matches")) addPattern(args.at(-1), visitor);
  if (receiver && !isNamespace(receiver, place)) visitAll([receiver], place, visitor);
  visitAll(args, place, visitor);
}

function addPattern(node: ASTNode | undefined, { patterns, offset }: Visitor): void {
  if (node && isText(node))
    patterns.push({ pattern: node.args, start: node.start + offset, end: node.end + offset });
}

/** Macros that do not loop evaluate their arguments themselves. */
function isMacro(node: Call, args: readonly ASTNode[]): boolean {
  if (args.length !== 1) return false;
  return node.op === "call" ? node.args[0] === "has" : ["or", "orValue"].includes(node.args[0]);
}

function loopVariable(name: string, args: readonly ASTNode[]): string | undefined {
  const counts = Object.hasOwn(loopArguments, name) ? loopArguments[name] : undefined;
  const first = args[0];
  return counts?.includes(args.length) && first?.op === "id" ? first.args : undefined;
}

/** The variable of `cel.bind(variable, value, expression)`. */
function bindVariable(node: Call, receiver: ASTNode, args: readonly ASTNode[]): string | undefined {
  if (node.args[0] !== "bind" || receiver.op !== "id" || receiver.args !== "cel") return undefined;
  const first = args[0];
  return args.length === 3 && first?.op === "id" ? first.args : undefined;
}

function visitBind(args: readonly ASTNode[], place: Place, bind: BindParts): void {
  visitAll(args.slice(1, 2), place, bind.visitor);
  visitAll(args.slice(2), { ...place, bound: new Set(place.bound).add(bind.variable) }, bind.visitor);
}

interface BindParts {
  readonly visitor: Visitor;
  readonly variable: string;
}

/** `optional.of(x)`: the receiver is no value. */
function isNamespace(node: ASTNode, place: Place): boolean {
  return node.op === "id" && (node.args === "optional" || node.args === "cel") && !place.bound.has(node.args);
}

/** An identifier with fields and literal text keys behind it. */
interface Chain {
  readonly node: ASTNode;
  readonly identifier: ASTNode & { readonly op: "id" };
  readonly path: readonly string[];
  readonly optional: boolean;
}

function chainOf(node: ASTNode): Chain | undefined {
  const path: string[] = [];
  let optional = false;
  let at = node;
  while (at.op !== "id") {
    const key = keyOf(at);
    if (key === undefined) return undefined;
    path.unshift(key.name);
    optional ||= at.op === ".?" || at.op === "[?]";
    at = key.receiver;
  }
  return { node, identifier: at, path, optional };
}

function keyOf(node: ASTNode): { readonly receiver: ASTNode; readonly name: string } | undefined {
  if (node.op === "." || node.op === ".?") return { receiver: node.args[0], name: node.args[1] };
  if (node.op !== "[]" && node.op !== "[?]") return undefined;
  const index = node.args[1];
  return isText(index) ? { receiver: node.args[0], name: index.args } : undefined;
}

type Text = ASTNode & { readonly op: "value"; readonly args: string };

function isText(node: ASTNode): node is Text {
  return node.op === "value" && typeof node.args === "string";
}

function visitChain(chain: Chain, place: Place, visitor: Visitor): void {
  visitor.depth = Math.max(visitor.depth, place.depth + chain.path.length);
  if (!isOutside(chain, place)) return;
  visitor.references.push(referenceOf(chain, visitor));
  renameIdentifier(chain.identifier, boundName(chain.identifier.args));
}

/** Not a macro's variable, nor a name that belongs to CEL (a type alone, `google.protobuf.…`). */
function isOutside({ identifier, path }: Chain, place: Place): boolean {
  const name = identifier.args;
  if (place.bound.has(name)) return false;
  if (name === "google" && path[0] === "protobuf") return false;
  return path.length > 0 || !celNames.has(name);
}

function referenceOf({ node, identifier, path }: Chain, visitor: Visitor): Reference {
  const root = identifier.args;
  return { root, path, start: node.start + visitor.offset, end: node.end + visitor.offset };
}

/** The name a root is bound under: names of CEL's own are set apart, so that a step may be called `list`. */
export function boundName(root: string): string {
  return celNames.has(root) ? `$${root}` : root;
}

type Operator = Extract<ASTNode, { readonly op: "==" | "!=" | "in" | "+" }>;

function compare(node: Operator, visitor: Visitor): void {
  if (node.op === "+") return;
  const [left, right] = node.args;
  const other = node.op === "in" && right.op === "list" ? right.args[0] : right;
  const operator = node.op === "!=" ? "!=" : "==";
  addComparison(left, other, { operator, visitor });
  if (node.op !== "in") addComparison(right, left, { operator, visitor });
}

interface ComparisonOptions {
  readonly operator: "==" | "!=";
  readonly visitor: Visitor;
}

function addComparison(side: ASTNode, other: ASTNode | undefined, options: ComparisonOptions): void {
  const { operator, visitor } = options;
  if (!other || !isText(other)) return;
  const { start, end } = side;
  const reference = visitor.references.find(
    (found) => found.start === start + visitor.offset && found.end === end + visitor.offset,
  );
  if (reference) visitor.comparisons.push({ reference, literal: other.args, operator });
}
