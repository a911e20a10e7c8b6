import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { reportTemplate } from "../checks/constants.ts";
import { escalationShape, notifyShape } from "../container-shapes.ts";
import { defined } from "../defined.ts";
import type { TextUse } from "../drafts.ts";
import { channel } from "../leaves.ts";
import { type AskAction, type Escalation, standardEscalation } from "../asking.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import { readJsonSchema, roughlyFits, schemaTypes } from "./json-schema.ts";
import { itemsOf, type Loading, type Located, shown } from "./loading.ts";
import { readLeaf, readObject, wrongType } from "./read-object.ts";
import { templateUse, type WrittenText } from "./texts.ts";

/** The part of an object that says what people are asked: a step, or a gate. */
export interface AskRead {
  readonly leaves: {
    readonly approval?: string;
    readonly by?: readonly string[];
    readonly quorum?: number;
    readonly deadline?: number;
  };
  has(key: AskKey): boolean;
  part(key: "otherwise" | "escalate"): Located | undefined;
  readonly spotOf: (key: string) => Located["spot"];
}

type AskKey = "approval" | "by" | "quorum" | "deadline" | "otherwise" | "escalate";

/** Reads `approval:` or `question:` with who may answer, until when, and what happens then. */
export function readAsk(loading: Loading, read: ReadStep): ReadAction {
  const ask = read.has("approval") ? "approval" : "question";
  const text = { value: read.leaves[ask] ?? "", spot: read.spotOf(ask) };
  const among = ask === "question" ? answersIn(read.part("answer")) : undefined;
  if (among) {
    const asked = askOf(loading, read, { ask, text, where: "step", schema: {} });
    const { schema: _, ...action } = asked.action;
    const texts = [...asked.texts, { ...templateUse(among, "step"), gives: "list" as const, key: "answer" }];
    return { action: { ...action, answers: among.value }, texts, callees: [] };
  }
  const schema = ask === "question" ? readAnswer(loading, read.part("answer")) : undefined;
  return { ...askOf(loading, read, { ask, text, where: "step", schema }), callees: [] };
}

/** A template that gives the answers there are. */
function answersIn(at: Located | undefined): WrittenText | undefined {
  const { value } = at ?? {};
  return at && typeof value === "string" && value.includes("${") ? { value, spot: at.spot } : undefined;
}

export interface AskOptions extends Asked {
  readonly text: WrittenText;
  readonly where: TextUse["where"];
}

/** Who may answer, how many have to, until when, and what happens then. */
export function askOf(
  loading: Loading,
  read: AskRead,
  { ask, text, where, schema }: AskOptions,
): { readonly action: AskAction; readonly texts: readonly TextUse[] } {
  const { by = [], quorum = 1, deadline } = read.leaves;
  checkAsk(loading, read, ask);
  const otherwise = read.has("otherwise") ? readOtherwise(loading, read, { ask, schema }) : undefined;
  const levels = readEscalations(loading, read);
  const action: AskAction = {
    kind: "ask",
    ask,
    text: text.value,
    by,
    quorum,
    ...defined({ schema, deadlineMs: deadline, otherwise }),
    escalate: levels.map(({ level }) => level).toSorted((a, b) => a.afterMs - b.afterMs),
  };
  return { action, texts: [templateUse(text, where), ...levels.flatMap((level) => level.texts)] };
}

const anyText: JsonObject = { type: "string" };

/** A type, a list of the answers there are, or a JSON Schema. */
function readAnswer(loading: Loading, at: Located | undefined): JsonObject {
  if (!at) return anyText;
  const { value } = at;
  if (Array.isArray(value) && value.length > 0) return { enum: value };
  if (typeof value === "string" && schemaTypes.some((type) => type === value)) return { type: value };
  if (isObject(value)) return readJsonSchema(loading, at, { what: '"answer"' }) ?? anyText;
  const wanted = "a type such as string, a list of answers or a template that gives one, or a JSON Schema";
  if (typeof value !== "string") wrongType(loading, { at, what: '"answer"', wanted });
  else {
    const guess = loading.report.nearest(value, schemaTypes);
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(value)}" as "answer": it must be ${wanted}`,
      fix: guess ? `write "${guess}"` : `write ${wanted}`,
      at: at.spot,
    });
  }
  return anyText;
}

function checkAsk({ report }: Loading, read: AskRead, ask: AskAction["ask"]): void {
  for (const { key, why, fix } of askFaults(read, ask)) {
    const message = `Cannot use "${key}" here: ${why}`;
    report.add({ code: "BAD_VALUE", message, fix, at: read.spotOf(key), part: "key" });
  }
}

interface Fault {
  readonly key: string;
  readonly why: string;
  readonly fix: string;
}

function askFaults(read: AskRead, ask: AskAction["ask"]): readonly Fault[] {
  const faults: Fault[] = [];
  const { by = [], quorum = 1 } = read.leaves;
  const people = new Set(by).size;
  if (ask === "approval" && people > 0 && quorum > people) {
    const why = `${quorum} must approve and only ${people} may`;
    faults.push({ key: "quorum", why, fix: "name more people under `by:`, or lower it" });
  }
  if (read.has("otherwise") && !read.has("deadline")) {
    const why = "there is no deadline after which it would hold";
    faults.push({ key: "otherwise", why, fix: 'add "deadline:"' });
  }
  return faults;
}

interface Asked {
  readonly ask: AskAction["ask"];
  readonly schema?: JsonObject | undefined;
}

const verdicts: ReadonlyMap<Json | undefined, boolean | undefined> = new Map<
  Json | undefined,
  boolean | undefined
>([
  ["approve", true],
  [true, true],
  ["reject", false],
  [false, false],
]);

/** The answer that is taken at the deadline. */
function readOtherwise(loading: Loading, read: AskRead, { ask, schema }: Asked): Json | undefined {
  const at = read.part("otherwise");
  if (!at) return undefined;
  const verdict = verdicts.get(at.value);
  const fits = ask === "approval" ? verdict !== undefined : roughlyFits(schema ?? anyText, at.value);
  if (fits) return ask === "approval" ? verdict : at.value;
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot use "${shown(at.value)}" as "otherwise": it is no answer to the ${ask}`,
    fix:
      ask === "approval"
        ? "write approve or reject; without it the step fails at the deadline"
        : "write an answer of the declared shape; without it the step fails at the deadline",
    at: at.spot,
  });
  return undefined;
}

interface ReadLevel {
  readonly level: Escalation;
  readonly texts: readonly TextUse[];
}

function readEscalations(loading: Loading, read: AskRead): readonly ReadLevel[] {
  const at = read.part("escalate");
  if (!at) return [];
  if (at.value === "default") return standardLevels(read.leaves.deadline);
  if (!Array.isArray(at.value)) {
    wrongType(loading, {
      at,
      what: '"escalate"',
      wanted: "default, or a list such as [{after: 5m, notify: terminal}]",
    });
  }
  return itemsOf(at).flatMap((item) => readLevel(loading, item, read.leaves.deadline) ?? []);
}

/** Those that come before the deadline. */
function standardLevels(deadlineMs = Number.POSITIVE_INFINITY): readonly ReadLevel[] {
  return standardEscalation.flatMap((level) => (level.afterMs < deadlineMs ? { level, texts: [] } : []));
}

function readLevel(loading: Loading, at: Located, deadlineMs: number | undefined): ReadLevel | undefined {
  const read = readObject(loading, at, escalationShape);
  if (!read) return undefined;
  const { after: afterMs } = read.leaves;
  const notify = read.part("notify");
  for (const key of ["after", "notify"] as const) {
    if (read.has(key)) continue;
    const message = `Cannot use the level of \`escalate\`: it has no "${key}"`;
    loading.report.add({ code: "MISSING_KEY", message, fix: `add "${key}:"`, at: at.spot, part: "key" });
  }
  if (afterMs !== undefined && deadlineMs !== undefined && afterMs >= deadlineMs) {
    loading.report.add({
      code: "BAD_VALUE",
      message: "Cannot escalate then: the deadline has passed by that time",
      fix: "write a time before the deadline",
      at: read.spotOf("after"),
    });
  }
  const told = notify && readNotify(loading, notify);
  return afterMs === undefined || !told
    ? undefined
    : { level: { afterMs, notify: told.notify }, texts: told.texts };
}

interface ReadNotify {
  readonly notify: Escalation["notify"];
  readonly texts: readonly TextUse[];
}

export function readNotify(loading: Loading, at: Located): ReadNotify | undefined {
  if (!isObject(at.value)) {
    const notify = readLeaf(loading, at, { key: "notify", schema: channel });
    return notify && { notify, texts: [] };
  }
  const read = readObject(loading, at, notifyShape);
  if (!read) return undefined;
  const kinds = (["webhook", "command", "file"] as const).filter((kind) => read.has(kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    loading.report.add({
      code: kind === undefined ? "MISSING_KEY" : "BAD_VALUE",
      message: "Cannot use `notify`: it must say one way to tell it",
      fix: "write terminal, desktop, handover, {webhook: URL}, {command: line} or {file: path}",
      at: at.spot,
    });
    return undefined;
  }
  const value = read.leaves[kind];
  if (value === undefined) return undefined;
  const written = { value, spot: read.spotOf(kind) };
  switch (kind) {
    case "webhook":
      reportScheme(loading, written);
      return { notify: { webhook: value }, texts: [templateUse(written, "private")] };
    case "command":
      reportTemplate(loading.report, { name: value, spot: written.spot }, kind);
      return { notify: { command: value }, texts: [] };
    case "file":
      reportTemplate(loading.report, { name: value, spot: written.spot }, kind);
      reportOutside(loading, written);
      return { notify: { file: value }, texts: [] };
  }
}

/** What a template gives is seen when it is told. */
function reportScheme(
  { report }: Loading,
  { value, spot }: { readonly value: string; readonly spot: Located["spot"] },
): void {
  if (/^(?:https?:\/\/|\$\{)/i.test(value)) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot call the webhook "${shown(value)}": it is no http or https URL`,
    fix: "write a URL that begins with https://",
    at: spot,
  });
}

/** Whether an absolute path lies in the project is seen when it is told. */
function reportOutside(
  { report }: Loading,
  { value, spot }: { readonly value: string; readonly spot: Located["spot"] },
): void {
  let depth = 0;
  for (const part of value.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "." && part !== "") depth += 1;
    if (depth < 0) break;
  }
  if (depth >= 0) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot tell it in "${shown(value)}": that lies outside the project's folder`,
    fix: "name a file in the project's folder, such as asks.jsonl",
    at: spot,
  });
}
