import { isObject } from "../../expression/json.ts";
import type { TextUse } from "../drafts.ts";
import type { Spot } from "../places.ts";
import type { Gate } from "../gate.ts";
import { gateShape } from "../gate-shapes.ts";
import { readCoverage, readFiles, readSchema, readSecrets, type ReadCheck } from "./file-gates.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import { type ReadObject, readObject, wrongType } from "./read-object.ts";
import { expressionUse, shellUse } from "./texts.ts";

export interface ReadGates {
  readonly gates: readonly Gate[];
  readonly texts: readonly TextUse[];
}

/** Keys of which a gate has exactly one. */
const gateKinds = ["run", "check", "claim", "coverage", "files", "secrets", "schema"] as const;

type When = "before" | "gate";
interface Side {
  readonly when: When;
}

/** Reads `gates:` or `before:`: one gate or a list of them; a text is the name of a gate from the settings. */
export function readGates(loading: Loading, at: Located | undefined, { when }: Side): ReadGates {
  if (!at) return { gates: [], texts: [] };
  const items = Array.isArray(at.value) ? itemsOf(at) : [at];
  const read = items.map((item) => readGate(loading, item, { when }));
  return { gates: read.flatMap((one) => one?.gate ?? []), texts: read.flatMap((one) => one?.texts ?? []) };
}

interface OneGate {
  readonly gate: Gate;
  readonly texts: readonly TextUse[];
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
  const { level = "blocking", retry = 0, timeout } = read.leaves;
  const shared = { level, retry };
  const { run, check, claim } = read.leaves;
  if (run !== undefined) {
    const gate: Gate = {
      kind: "run",
      name: read.leaves.name ?? run,
      line: run,
      ...shared,
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    };
    return { gate, texts: [shellUse({ value: run, spot: read.spotOf("run") }, when)] };
  }
  if (check !== undefined) {
    const use = expressionUse({ value: check, spot: read.spotOf("check") }, when);
    const name = read.leaves.name ?? use.text.trim();
    return { gate: { kind: "check", name, expression: use.text, ...shared }, texts: [use] };
  }
  if (claim !== undefined) return { gate: { kind: "claim", name: claim, ...shared }, texts: [] };
  const [kind] = kinds;
  const at = kind && read.part(kind);
  const readPart = kind && Object.hasOwn(partReaders, kind) ? partReaders[kind] : undefined;
  const found = at && readPart?.(loading, at, when);
  if (!found) return undefined;
  const name = read.leaves.name ?? found.name;
  return { gate: { ...found.own, name, ...shared } as Gate, texts: found.texts };
}

/** Readers of the kinds of gates that have keys of their own. */
const partReaders: Readonly<Record<string, PartReader>> = {
  coverage: readCoverage,
  files: readFiles,
  secrets: readSecrets,
  schema: readSchema,
};
type PartReader = (loading: Loading, at: Located, when: When) => ReadCheck<Gate> | undefined;

function reportKinds({ report }: Loading, read: Read, kinds: readonly string[]): void {
  const [, second] = kinds;
  if (second !== undefined) {
    const message = `Cannot use "${second}" here: a gate does one thing and this one has ${kinds.join(" and ")}`;
    report.add({ code: "BAD_VALUE", message, fix: "write two gates", at: read.spotOf(second), part: "key" });
    return;
  }
  const keys = isObject(read.whole.value) ? Object.keys(read.whole.value) : [];
  const excused = keys.some(
    (key) => Object.hasOwn(gateShape.notSupported, key) || report.nearest(key, gateKinds) !== undefined,
  );
  if (excused) return;
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the gate: it does not say what to check",
    fix: "give it one of run (a shell line), check (an expression), coverage, files, secrets, schema or claim (the step's own report)",
    at: read.whole.spot,
  });
}

function reportMisplaced({ report }: Loading, read: Read, { when }: Side): void {
  const complain = (key: string, message: string, fix: string) =>
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: ${message}`,
      fix,
      at: read.spotOf(key),
      part: "key",
    });
  if (when === "before" && read.has("claim")) {
    complain("claim", "before a step there is no report of it yet", "move it to `gates:`");
  }
  if (when === "before" && read.has("retry")) {
    complain(
      "retry",
      "a gate before a step has nothing to run again",
      "take it out, or move the gate to `gates:`",
    );
  }
  if (read.has("timeout") && !read.has("run"))
    complain("timeout", "only a gate with `run:` takes time", "take it out");
  if (read.has("name") && read.has("claim")) complain("name", "a claim is its own name", "take it out");
}
