import { asText, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { itemsOf, type Located, shown } from "../read/loading.ts";
import type { GateLevel } from "../gate.ts";
import { gateShape } from "../gate-shapes.ts";
import { type Builder, membersOf, type Target } from "./builder.ts";
import { type KnownCriterion, knownCriteria } from "./known-criteria.ts";

/** What should hold, by a name or in prose, or a gate as this language writes it. */
export interface Criterion {
  readonly from: Located;
  readonly name: string;
  /** What is written beside the name. */
  readonly prose?: Json;
  readonly gate?: JsonObject;
}

export interface Criteria {
  /** The step, or the workflow, that gets the gates. */
  readonly target: Target;
  readonly at: Located;
  /** The dialect's key. */
  readonly key: string;
  /** Of each gate that names none itself. */
  readonly level?: GateLevel | undefined;
  /** The gates are those of the run. */
  readonly whole?: true | undefined;
  /** Absent: those that are written there. */
  readonly criteria?: readonly Criterion[];
}

/**
 * Adds gates that are written as names or prose. One that the settings define is that gate; all others are asked of a
 * judge, together, after the others: a warning says so. A command is told what it will be judged by.
 */
export function addCriteria(builder: Builder, { target, at, key, level, criteria, whole }: Criteria): void {
  const all = criteria ?? criteriaOf(at);
  const own = all.filter((one) => one.gate ?? isDefined(builder, one));
  const judged = all.filter((one) => !own.includes(one));
  const gates = gatesOf(target).map((from) => ({ value: from.value, from }));
  for (const { from, name, gate = name } of own) {
    const value = level ? withLevel(builder, { ...from, value: gate }, level) : gate;
    gates.push({ value, from });
  }
  if (judged.length > 0) {
    tellJudged(builder, { at, key, judged, whole });
    gates.push({ value: judgeGate(builder, { at, key, level, judged }), from: at });
  }
  if (gates.length > 0) builder.put(target, "gates", { from: at, value: builder.list(gates) });
  const told = toldOf(builder, all);
  if (told.length === 0 || target["command"] === undefined) return;
  const context = isObject(target["context"]) ? target["context"] : {};
  target["context"] = { ...context, [key]: told };
}

/** What whoever does the work has to know: what it is judged by, and prose beside the names of other gates. */
export function toldOf(builder: Builder, criteria: readonly Criterion[]): readonly string[] {
  const told = criteria.filter((one) => !one.gate && !(isDefined(builder, one) && one.prose === undefined));
  // what looks at the output of steps means nothing before they are done
  return told.map(sentenceOf).filter((sentence) => !sentence.includes("${"));
}

/** The gates that an object has already, one or a list of them. */
export function gatesOf(target: Target): readonly Located[] {
  const { gates } = target;
  if (gates === undefined) return [];
  if (Array.isArray(gates)) return itemsOf({ value: gates, spot: {} });
  return [{ value: gates, spot: { member: { holder: target, key: "gates" } } }];
}

/** A gate on this level, unless it names one itself; one of the settings is written out. */
export function withLevel(builder: Builder, at: Located, level: GateLevel): Json {
  const { value } = at;
  if (isObject(value)) {
    const gate: Target = { level };
    builder.copy(gate, at);
    return gate;
  }
  const defined = typeof value === "string" ? builder.loading.known.gates?.[value] : undefined;
  return defined ? { name: value, ...defined, level } : value;
}

/** `name`, `{name: prose}`, `{run: line}`, or a list of them. */
export function criteriaOf(at: Located): readonly Criterion[] {
  if (Array.isArray(at.value)) return itemsOf(at).flatMap(criteriaOf);
  if (!isObject(at.value)) return [{ from: at, name: asText(at.value) }];
  if (isGate(at.value)) return [{ from: at, name: "", gate: at.value }];
  return membersOf(at).map(({ key, at: from }) => named(key, from));
}

function named(name: string, from: Located): Criterion {
  const { value: prose } = from;
  return prose === null || prose === "" || prose === name ? { from, name } : { from, name, prose };
}

/** A gate as this language writes it, among prose: one of its keys, with what can stand there. */
function isGate(item: JsonObject): boolean {
  const isOwn = (["run", "check", "claim", "human"] as const).some((kind) => Object.hasOwn(item, kind));
  return isOwn || gateShape.parts.some((kind) => isObject(item[kind]));
}

function isDefined({ loading }: Builder, { name }: Criterion): boolean {
  return Object.hasOwn(loading.known.gates ?? {}, name);
}

function knownOf({ name }: Criterion): KnownCriterion | undefined {
  return Object.hasOwn(knownCriteria, name) ? knownCriteria[name] : undefined;
}

/** The name in words and what it means: what is written beside it, else what is known of it. */
function sentenceOf(one: Criterion): string {
  const words = /^[\w-]+$/.test(one.name) ? one.name.replaceAll(/[_-]+/g, " ").trim() : one.name;
  const meaning = one.prose === undefined ? knownOf(one)?.sentence : asText(one.prose);
  return meaning === undefined ? words : `${words}: ${meaning}`;
}

interface Judged extends Pick<Criteria, "at" | "key" | "level" | "whole"> {
  readonly judged: readonly Criterion[];
}

function judgeGate(builder: Builder, { at, key, level, judged }: Judged): Json {
  const judge: Target = {};
  const criteria = judged.map((one) => ({ value: sentenceOf(one), from: one.from }));
  builder.put(judge, "criteria", { from: at, value: builder.list(criteria) });
  return { judge, name: key, ...(level ? { level } : {}) };
}

/** At most so many are named. */
const mostNamed = 10;

function tellJudged({ loading }: Builder, { at, key, judged, whole }: Judged): void {
  const names = judged.map(({ name }) => shown(name));
  const gates = judged.flatMap((one) => {
    const gate = knownOf(one)?.gate;
    // what a run changed is known of its steps only
    const isPossible = gate !== undefined && !(whole && gate.startsWith("{files:"));
    return isPossible ? [`${one.name}: ${gate}`] : [];
  });
  const such = gates.length > 0 ? `, such as gates: {${listed(gates)}}` : "";
  loading.report.add({
    severity: "warning",
    code: "JUDGED",
    message: `Cannot tell by a program whether "${key}" holds: an agent judges it, which is paid for (${listed(names)})`,
    fix: `define in tutti.yaml, under "gates:", what a program can tell${such}`,
    at: at.spot,
    part: "key",
  });
}

function listed(texts: readonly string[]): string {
  const rest = texts.length - mostNamed;
  return texts.slice(0, mostNamed).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}
