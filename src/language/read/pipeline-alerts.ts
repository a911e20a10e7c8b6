import { isTuttiError } from "../../errors.ts";
import { isObject, type JsonObject } from "../../expression/json.ts";
import { compileExpression, type Expression, type Reference } from "../../expression/expression.ts";
import type { TextUse } from "../drafts.ts";
import { alertShape, errorRateShape, monitoringShape } from "../pipeline-shapes.ts";
import type { StreamAlert } from "../pipeline.ts";
import { readNotify } from "./ask.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import type { ReadPipeline } from "./pipeline.ts";
import type { LaidOut } from "./pipeline-order.ts";
import { missingKey, readObject, wrongType } from "./read-object.ts";
import { expressionUse } from "./texts.ts";

/** Figures of the whole pipeline that an alert can name; `stages.NAME` has those of one stage or sink. */
export const alertFigures: readonly string[] = [
  "error_rate",
  "throughput",
  "lag",
  "latency_p95",
  "dead",
  "dropped",
  "waiting",
  "cost",
  "stages",
];

/** Those of one stage or sink. */
export const placeFigures: readonly string[] = [
  "error_rate",
  "throughput",
  "latency_p50",
  "latency_p95",
  "latency_p99",
  "cost",
  "in_work",
  "done",
  "filtered",
  "dropped",
  "dead",
  "waiting",
  "on_disk",
  "spilled",
  "out",
  "batches",
  "retries",
  "parallelism",
];

export interface ReadAlerts {
  readonly alerts: readonly StreamAlert[];
  readonly texts: readonly TextUse[];
}

const usualShare = 0.05;
const usualForMs = 60_000;

/** Reads `monitoring:` and `alerts:`. */
export function readAlerts(loading: Loading, read: ReadPipeline, { stages, sinks }: LaidOut): ReadAlerts {
  const watched = readMonitoring(loading, read.part("monitoring"));
  const listed = read.part("alerts");
  if (listed && !Array.isArray(listed.value)) {
    const wanted = "a list such as [{when: error_rate > 0.05, notify: terminal}]";
    wrongType(loading, { at: listed, what: '"alerts"', wanted });
  }
  const own = (listed ? itemsOf(listed) : []).map((at, index) => readAlert(loading, at, index));
  const found = own.flatMap((one) => one ?? []);
  reportTwice(loading, found);
  const places = [...stages, ...sinks].map(({ name }) => name);
  for (const { use } of found) {
    checkPlaces(loading, use, places);
    checkCondition(loading, use, places);
  }
  return {
    alerts: [...watched, ...found.map(({ alert }) => alert)],
    texts: found.flatMap(({ texts }) => texts),
  };
}

/** What is measured is always measured; an alert on errors is one of `alerts:`. */
function readMonitoring(loading: Loading, at: Located | undefined): readonly StreamAlert[] {
  const read = at && readObject(loading, at, monitoringShape);
  if (!read) return [];
  for (const key of ["throughput_tracking", "latency_monitoring"] as const) {
    if (read.leaves[key] !== false) continue;
    loading.report.add({
      code: "NOT_SUPPORTED",
      message: `Cannot do without "${key}": a pipeline is always measured`,
      fix: "take it out",
      at: read.spotOf(key),
    });
  }
  const share = shareOf(loading, read.part("error_rate_alerting"));
  if (share === undefined) return [];
  const when = `error_rate > ${share}`;
  return [{ name: "error_rate", when, forMs: usualForMs, notify: "terminal" }];
}

/** Undefined: nobody is told. */
function shareOf(loading: Loading, at: Located | undefined): number | undefined {
  if (!at || at.value === false) return undefined;
  if (at.value === true) return usualShare;
  if (!isObject(at.value)) {
    wrongType(loading, { at, what: '"error_rate_alerting"', wanted: "true, false or {threshold: 0.05}" });
    return undefined;
  }
  return readObject(loading, at, errorRateShape)?.leaves.threshold ?? usualShare;
}

interface ReadAlert extends Pick<ReadAlerts, "texts"> {
  readonly alert: StreamAlert;
  readonly use: TextUse;
  readonly at: Located;
}

function readAlert(loading: Loading, at: Located, index: number): ReadAlert | undefined {
  const read = readObject(loading, at, alertShape);
  if (!read) return undefined;
  const { name = `alert_${index + 1}`, when, for: forMs = usualForMs } = read.leaves;
  if (!read.has("when")) missingKey(loading, at, { what: "the alert", key: "when" });
  const told = readChannel(loading, read.part("notify"));
  if (when === undefined || !told) return undefined;
  const written = expressionUse({ value: when, spot: read.spotOf("when") }, "step");
  const use = { ...written, key: "when", names: alertFigures, only: true } as const;
  return {
    alert: { name, when: use.text, forMs, notify: told.notify },
    use,
    texts: [use, ...told.texts],
    at,
  };
}

interface ReadChannel extends Pick<ReadAlerts, "texts"> {
  readonly notify: StreamAlert["notify"];
}

/** A hand-over says what waits for an answer, and an alert waits for none. */
function readChannel(loading: Loading, at: Located | undefined): ReadChannel | undefined {
  if (!at) return { notify: "terminal", texts: [] };
  const told = readNotify(loading, at);
  if (!told) return undefined;
  const { notify, texts } = told;
  if (notify !== "handover") return { notify, texts };
  loading.report.add({
    code: "BAD_VALUE",
    message: "Cannot tell an alert by `handover`: that is a report on what waits for an answer",
    fix: "write terminal, desktop, {webhook: URL}, {command: line} or {file: path}",
    at: at.spot,
  });
  return undefined;
}

function reportTwice({ report }: Loading, found: readonly ReadAlert[]): void {
  const seen = new Set<string>();
  for (const { alert, at } of found) {
    if (seen.has(alert.name)) {
      report.add({
        code: "DUPLICATE_NAME",
        message: `Cannot name an alert "${alert.name}": another has this name`,
        fix: "give one of the two another name",
        at: at.spot,
      });
    }
    seen.add(alert.name);
  }
}

/** Names of stages and sinks in `stages.NAME`, and of their figures. */
function checkPlaces({ report }: Loading, use: TextUse, places: readonly string[]): void {
  for (const { root, path, start, end } of referencesIn(use)) {
    const wrong = root === "stages" ? wrongPlace(path, places) : undefined;
    if (!wrong) continue;
    const { word, why, known } = wrong;
    const guess = report.nearest(word, known);
    report.add({
      code: "UNKNOWN_NAME",
      message: `Cannot use "${shown([root, ...path].join("."))}": ${why}`,
      fix: guess ? `write "${guess}"` : `use one of ${known.join(", ")}`,
      at: use.spot,
      inside: { value: use.value, range: { start: use.offset + start, end: use.offset + end } },
    });
  }
}

/** What can be known of a condition before there are figures: that it always fails, or is never true or false. */
function checkCondition({ report }: Loading, use: TextUse, places: readonly string[]): void {
  const expression = compiled(use);
  if (!expression || !["dyn", "bool"].includes(expression.type)) return;
  const isKnown = expression.references.every(
    ({ root, path }) => alertFigures.includes(root) && (root !== "stages" || !wrongPlace(path, places)),
  );
  if (!isKnown) return;
  const [whole, broken] = [7, 0.5].map((figure) => triedWith(expression, { figure, places }));
  if (whole === undefined || broken === undefined) return;
  report.add({
    code: "EXPRESSION_TYPE",
    message: `Cannot use "${shown(use.text)}" as a condition: ${whole}`,
    fix: "compare figures with numbers, as in dead > 10",
    at: use.spot,
  });
}

/** What is wrong with the condition where all figures are this; undefined: nothing. */
function triedWith(
  expression: Expression,
  { figure, places }: { readonly figure: number; readonly places: readonly string[] },
): string | undefined {
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, figure]));
  const stages = Object.fromEntries(places.map((name) => [name, all(placeFigures)]));
  const values: JsonObject = { ...all(alertFigures), stages };
  try {
    const value = expression.evaluate((root) => values[root]);
    return typeof value === "boolean" ? undefined : "it is neither true nor false";
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return "it fails, whatever the figures are";
  }
}

interface WrongPlace {
  readonly word: string;
  readonly why: string;
  readonly known: readonly string[];
}

function wrongPlace([name, figure]: readonly string[], places: readonly string[]): WrongPlace | undefined {
  if (name === undefined) return undefined;
  if (!places.includes(name))
    return { word: name, why: "the pipeline has no stage or sink of this name", known: places };
  if (figure === undefined || placeFigures.includes(figure)) return undefined;
  return { word: figure, why: "a stage or sink has no such figure", known: placeFigures };
}

/** None of a text that cannot be compiled, which is told by itself. */
function referencesIn(use: TextUse): readonly Reference[] {
  return compiled(use)?.references ?? [];
}

function compiled({ text }: TextUse): Expression | undefined {
  try {
    return compileExpression(text);
  } catch (error) {
    if (isTuttiError(error)) return undefined;
    throw error;
  }
}
