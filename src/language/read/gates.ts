import { isObject } from "../../expression/json.ts";
import type { Callee, TextUse } from "../drafts.ts";
import type { Spot } from "../places.ts";
import type { CheckGate, Gate, RunGate } from "../gate.ts";
import { gateShape } from "../gate-shapes.ts";
import { readCoverage, readFiles, readSchema, readSecrets } from "./file-gates.ts";
import type { GateReading } from "./gate-reading.ts";
import { readDuplication, readHuman, readJudge } from "./judge-gates.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import { type ReadObject, readObject, wrongType } from "./read-object.ts";
import { expressionUse, shellUse } from "./texts.ts";

export interface ReadGates {
  readonly gates: readonly Gate[];
  readonly texts: readonly TextUse[];
  /** Agents that are named. */
  readonly callees: readonly Callee[];
}

/** Keys of which a gate has exactly one. */
const gateKinds = [
  "run",
  "check",
  "claim",
  "coverage",
  "files",
  "secrets",
  "schema",
  "judge",
  "duplication",
  "human",
  "approval",
] as const;

type When = "before" | "gate";
interface Side {
  readonly when: When;
}

/** Reads `gates:` or `before:`: one gate or a list of them; a text is the name of a gate from the settings. */
export function readGates(loading: Loading, at: Located | undefined, { when }: Side): ReadGates {
  if (!at) return { gates: [], texts: [], callees: [] };
  const items = Array.isArray(at.value) ? itemsOf(at) : [at];
  const read = items.map((item) => readGate(loading, item, { when }));
  return {
    gates: read.flatMap((one) => one?.gate ?? []),
    texts: read.flatMap((one) => one?.texts ?? []),
    callees: read.flatMap((one) => one?.callees ?? []),
  };
}

interface OneGate {
  readonly gate: Gate;
  readonly texts: readonly TextUse[];
  readonly callees?: readonly Callee[];
}

function readGate(loading: Loading, at: Located, { when }: Side): OneGate | undefined {
  if (typeof at.value === "string") return namedGate(loading, { ...at, value: at.value }, { when });
  if (!isObject(at.value)) {
    wrongType(loading, {
      at,
      what: "a gate",
      wanted: "an object such as {run: npm test}, or the name of a gate",
    });
    return undefined;
  }
  const read = readObject(loading, at, gateShape);
  return read && gateOf(loading, read, { when });
}

function namedGate(loading: Loading, at: { value: string; spot: Spot }, { when }: Side): OneGate | undefined {
  const gates = loading.known.gates ?? {};
  const definition = Object.hasOwn(gates, at.value) ? gates[at.value] : undefined;
  if (definition) {
    // Mistakes inside the definition are those of the settings file; here they would have no place of their own.
    const read = readObject(loading, { value: { name: at.value, ...definition }, spot: at.spot }, gateShape);
    return read && gateOf(loading, read, { when });
  }
  const guess = loading.report.nearest(at.value, Object.keys(gates));
  loading.report.add({
    code: "UNKNOWN_NAME",
    message: `Cannot use the gate "${shown(at.value)}": the settings define no gate of this name`,
    fix: guess
      ? `write "${guess}"`
      : `define it under "gates:" in tutti.yaml, or write a gate such as {run: npm test} or {claim: ${shown(at.value)}}`,
    at: at.spot,
  });
  return undefined;
}

type Read = ReadObject<typeof gateShape>;

function gateOf(loading: Loading, read: Read, { when }: Side): OneGate | undefined {
  const kinds = gateKinds.filter((kind) => read.has(kind));
  if (kinds.length !== 1) {
    reportKinds(loading, read, kinds);
    return undefined;
  }
  reportMisplaced(loading, read, { when });
  const found = readOwn(loading, read, { kind: kinds[0] ?? "run", when });
  if (!found) return undefined;
  const { level = "blocking", retry = 0, timeout } = read.leaves;
  const name = read.leaves.name ?? found.name;
  const limited = timeout === undefined ? {} : { timeoutMs: timeout };
  const { texts, callees = [] } = found;
  return { gate: { ...found.own, name, level, retry, ...limited } as Gate, texts, callees };
}

function readOwn(
  loading: Loading,
  read: Read,
  { kind, when }: { readonly kind: (typeof gateKinds)[number]; readonly when: When },
): GateReading<Gate> | undefined {
  switch (kind) {
    case "run":
      return readRun(read, when);
    case "check":
      return readCheck(read, when);
    case "claim": {
      const { claim: name } = read.leaves;
      return name === undefined ? undefined : { own: { kind }, name, texts: [] };
    }
    case "human":
    case "approval":
      return readHuman(loading, read, when);
    default: {
      const at = read.part(kind);
      return at && partReaders[kind](loading, at, when);
    }
  }
}

function readRun(read: Read, when: When): GateReading<RunGate> | undefined {
  const { run } = read.leaves;
  if (run === undefined) return undefined;
  const texts = [shellUse({ value: run, spot: read.spotOf("run") }, when)];
  return { own: { kind: "run", line: run }, name: run, texts };
}

function readCheck(read: Read, when: When): GateReading<CheckGate> | undefined {
  const { check } = read.leaves;
  if (check === undefined) return undefined;
  const use = expressionUse({ value: check, spot: read.spotOf("check") }, when);
  return { own: { kind: "check", expression: use.text }, name: use.text.trim(), texts: [use] };
}

type PartKind = "coverage" | "files" | "secrets" | "schema" | "judge" | "duplication";

/** Readers of the kinds of gates that have keys of their own. */
const partReaders: Readonly<Record<PartKind, PartReader>> = {
  coverage: readCoverage,
  files: readFiles,
  secrets: readSecrets,
  schema: readSchema,
  judge: readJudge,
  duplication: readDuplication,
};
type PartReader = (loading: Loading, at: Located, when: When) => GateReading<Gate> | undefined;

function reportKinds({ report }: Loading, read: Read, kinds: readonly string[]): void {
  const [, second] = kinds;
  if (second !== undefined) {
    const message = `Cannot use "${second}" here: a gate does one thing and this one has ${kinds.join(" and ")}`;
    report.add({ code: "BAD_VALUE", message, fix: "write two gates", at: read.spotOf(second), part: "key" });
    return;
  }
  const keys = isObject(read.whole.value) ? Object.keys(read.whole.value) : [];
  const excused = keys.some((key) => report.nearest(key, gateKinds) !== undefined);
  if (excused) return;
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the gate: it does not say what to check",
    fix: "give it one of run (a shell line), check (an expression), coverage, files, secrets, schema, judge, duplication, human or claim (the step's own report)",
    at: read.whole.spot,
  });
}

function reportMisplaced({ report }: Loading, read: Read, { when }: Side): void {
  for (const { key, why, fix } of misplaced(read, when)) {
    const message = `Cannot use "${key}" here: ${why}`;
    report.add({ code: "BAD_VALUE", message, fix, at: read.spotOf(key), part: "key" });
  }
}

interface Misplaced {
  readonly key: "claim" | "retry" | "timeout" | "name" | (typeof ofPeople)[number];
  readonly why: string;
  readonly fix: string;
}

/** Keys that mean something only where people are asked, or where something takes time. */
const ofPeople = ["by", "quorum", "deadline", "otherwise", "escalate"] as const;
const timed = ["run", "judge", "duplication"] as const;

function misplaced(read: Read, when: When): readonly Misplaced[] {
  const found: Misplaced[] = [];
  const takeOut = "take it out";
  if (when === "before") {
    found.push({
      key: "claim",
      why: "before a step there is no report of it yet",
      fix: "move it to `gates:`",
    });
    const fix = "take it out, or move the gate to `gates:`";
    found.push({ key: "retry", why: "a gate before a step has nothing to run again", fix });
  }
  if (!timed.some((kind) => read.has(kind)))
    found.push({ key: "timeout", why: "only a gate with `run:` or `judge:` takes time", fix: takeOut });
  if (read.has("claim")) found.push({ key: "name", why: "a claim is its own name", fix: takeOut });
  if (!read.has("human") && !read.has("approval")) {
    const why = "only a gate with `human:` asks people";
    found.push(...ofPeople.map((key) => ({ key, why, fix: takeOut })));
  }
  return found.filter(({ key }) => read.has(key));
}
