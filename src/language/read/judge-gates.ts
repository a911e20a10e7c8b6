import { isObject } from "../../expression/json.ts";
import { defined } from "../defined.ts";
import type { Callee } from "../drafts.ts";
import type { HumanGate, JudgeGate } from "../gate.ts";
import { duplicationShape, judgeShape } from "../gate-shapes.ts";
import { below } from "../places.ts";
import { type AskRead, askOf } from "./ask.ts";
import type { GateReading } from "./gate-reading.ts";
import type { Loading, Located } from "./loading.ts";
import { missingKey, type ReadObject, readObject } from "./read-object.ts";
import { templateUse } from "./texts.ts";

type When = "before" | "gate";

/** `human: text`, or `approval: text`, with the keys of an approval step beside it. */
export function readHuman(
  loading: Loading,
  read: AskRead & { readonly leaves: { readonly human?: string } },
  when: When,
): GateReading<HumanGate> {
  const key = read.leaves.human === undefined ? "approval" : "human";
  const { action, texts } = askOf(loading, read, {
    ask: "approval",
    text: { value: read.leaves[key] ?? "", spot: read.spotOf(key) },
    where: when,
  });
  return { own: { kind: "human", ask: action }, name: key, texts };
}

/** `judge: {criteria | prompt, threshold, agent, model}`; a text alone is the one criterion. */
export function readJudge(loading: Loading, at: Located, when: When): GateReading<JudgeGate> | undefined {
  if (typeof at.value === "string") {
    if (at.value.trim() === "") nothingToJudge(loading, at, "judge");
    return judgeOf([{ ...at, value: at.value }], { when });
  }
  const read = readObject(loading, at, judgeShape);
  if (!read) return undefined;
  const { prompt, threshold, model } = read.leaves;
  if (!read.has("prompt") && !read.has("criteria")) {
    loading.report.add({
      code: "MISSING_KEY",
      message: "Cannot use `judge`: it does not say what to judge by",
      fix: "add `criteria:` (a list of texts) or `prompt:` (a text)",
      at: at.spot,
      part: "key",
    });
  }
  const asked = prompt === undefined ? undefined : { value: prompt, spot: read.spotOf("prompt") };
  const found = judgeOf(criteriaOf(read), { when, ...(asked ? { prompt: asked } : {}) });
  const { agent, callees } = agentOf(read);
  return { ...found, own: { ...found.own, ...defined({ agent, model, threshold }) }, callees };
}

function nothingToJudge({ report }: Loading, { spot }: Located, kind: "judge" | "duplication"): void {
  report.add({
    code: "BAD_VALUE",
    message: `Cannot use \`${kind}\`: it is empty, and nothing would be judged`,
    fix: "say in a text what to judge by",
    at: spot,
  });
}

interface Written {
  readonly value: string;
  readonly spot: Located["spot"];
}

function criteriaOf(read: ReadObject<typeof judgeShape>): readonly Written[] {
  const at = read.part("criteria");
  return (read.leaves.criteria ?? []).map((value, index) => ({
    value,
    spot: at && Array.isArray(at.value) ? below(at.spot, at.value, index) : read.spotOf("criteria"),
  }));
}

function judgeOf(
  criteria: readonly Written[],
  { when, prompt }: { readonly when: When; readonly prompt?: Written },
): GateReading<JudgeGate> {
  const texts = criteria.map(({ value }) => value);
  return {
    own: {
      kind: "judge",
      question: { about: "criteria", criteria: texts, ...(prompt ? { prompt: prompt.value } : {}) },
    },
    name: `judge: ${plain(texts[0] ?? prompt?.value ?? "")}`,
    texts: [...criteria, ...(prompt ? [prompt] : [])].map((text) => templateUse(text, when)),
  };
}

/** `duplication: {criterion, agent, model}`; a text alone is the criterion. */
export function readDuplication(
  loading: Loading,
  at: Located,
  when: When,
): GateReading<JudgeGate> | undefined {
  if (typeof at.value === "string") {
    if (at.value.trim() === "") nothingToJudge(loading, at, "duplication");
    return duplicationOf({ ...at, value: at.value }, when);
  }
  const read = readObject(loading, at, duplicationShape);
  if (!read) return undefined;
  const { criterion = "", model } = read.leaves;
  if (isObject(at.value) && !read.has("criterion"))
    missingKey(loading, at, { what: "`duplication`", key: "criterion" });
  const found = duplicationOf({ value: criterion, spot: read.spotOf("criterion") }, when);
  const { agent, callees } = agentOf(read);
  return { ...found, own: { ...found.own, ...defined({ agent, model }) }, callees };
}

function duplicationOf(criterion: Written, when: When): GateReading<JudgeGate> {
  return {
    own: { kind: "judge", question: { about: "duplication", criterion: criterion.value } },
    name: `no duplicate: ${plain(criterion.value)}`,
    texts: [templateUse(criterion, when)],
  };
}

/** A text without its templates, which have no values yet. */
function plain(text: string): string {
  return text.replaceAll(/\$\{[^}]*\}/g, "…");
}

function agentOf(read: {
  readonly leaves: { readonly agent?: string };
  readonly spotOf: (key: string) => Located["spot"];
}): { readonly agent?: string; readonly callees: readonly Callee[] } {
  const { agent } = read.leaves;
  return agent === undefined
    ? { callees: [] }
    : { agent, callees: [{ kind: "agent", name: agent, spot: read.spotOf("agent") }] };
}
