import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { itemsOf, type Located, shown } from "../read/loading.ts";
import { identifier } from "../checks/names.ts";
import { gateShape } from "../gate-shapes.ts";
import { type Builder, membersOf, type Target } from "./builder.ts";
import { knownCriteria } from "./known-criteria.ts";

/** The last step of a list that works itself: inside a group, its last one. */
export function lastWork(steps: Json): Target | undefined {
  const last: Json | undefined = Array.isArray(steps) ? steps.at(-1) : undefined;
  if (!isObject(last)) return undefined;
  return last["steps"] === undefined ? (last as Target) : lastWork(last["steps"]);
}

export interface Criteria {
  readonly step: Target;
  readonly at: Located;
  /** The dialect's key, under which their prose is told to the command. */
  readonly key: string;
}

/**
 * Gates written as names or prose. One that the settings define is that gate; any other can only be asked of the step
 * itself: a claim, with a warning, and the prose in the step's context so that the agent knows what is meant.
 */
export function addCriteria(builder: Builder, { step, at, key }: Criteria): void {
  const gates = Array.isArray(step["gates"]) ? [...step["gates"]] : [];
  const told: Target = {};
  for (const { name, prose, from } of criteriaOf(at)) {
    if (isObject(prose) && name === "") gates.push(prose);
    else gates.push(criterion(builder, { name, from }));
    if (typeof prose === "string" && prose !== name) told[name] = prose;
  }
  builder.put(step, "gates", { from: at, value: gates });
  if (Object.keys(told).length === 0) return;
  const context = isObject(step["context"]) ? step["context"] : {};
  builder.put(step, "context", { from: at, value: { ...context, [key]: told } });
}

interface One {
  readonly name: string;
  readonly prose: Json;
  readonly from: Located;
}

/** `[name, {name: prose}, {run: line}]` or `{name: prose}`. */
function criteriaOf(at: Located): readonly One[] {
  if (!Array.isArray(at.value)) {
    if (!isObject(at.value)) return [{ name: shown(at.value), prose: at.value, from: at }];
    return membersOf(at).map((member) => ({ name: member.key, prose: member.at.value, from: member.at }));
  }
  return itemsOf(at).flatMap((item) => {
    if (!isObject(item.value)) return [{ name: shown(item.value), prose: item.value, from: item }];
    return isGate(item.value) ? [{ name: "", prose: item.value, from: item }] : criteriaOf(item);
  });
}

/** A gate as this language writes it, among prose: one of its keys, with what can stand there. */
function isGate(item: JsonObject): boolean {
  const isOwn = (["run", "check", "claim"] as const).some((kind) => Object.hasOwn(item, kind));
  return isOwn || gateShape.parts.some((kind) => isObject(item[kind]));
}

function adviceOn(name: string): string {
  return (Object.hasOwn(knownCriteria, name) ? knownCriteria[name] : undefined) ?? "{run: npm test}";
}

function criterion(
  { loading }: Builder,
  { name, from }: { readonly name: string; readonly from: Located },
): Json {
  const gates = loading.known.gates ?? {};
  if (Object.hasOwn(gates, name)) return name;
  const claim = identifier(name) || "criterion";
  loading.report.add({
    severity: "warning",
    code: "SELF_REPORTED",
    message: `Cannot check "${shown(name)}" by itself: the step is asked whether it holds, and its own word counts`,
    fix: `define it in tutti.yaml, such as gates: {${claim}: ${adviceOn(name)}}`,
    at: from.spot,
  });
  return { claim };
}
