import type { PartReport } from "../../verbs/plan-parts.ts";
import type { PlannedGroup } from "../../verbs/plan-groups.ts";
import type { BlockReport, PlanReport } from "../../verbs/plan.ts";
import type { LeftReport } from "../../verbs/plan-left.ts";
import type { Shown } from "./out.ts";
import { boardLines } from "./plan-boards.ts";
import { joinText, partLines } from "./plan-parts.ts";
import { thinkingText } from "./thinking.ts";
import { treesLines } from "./plan-trees.ts";
import {
  capMoneyText,
  costText,
  countText,
  durationText,
  moneyText,
  namedText,
  numberText,
} from "./words.ts";

/** What a run will need, in one line, before it starts. */
export function estimateLine(report: PlanReport): Shown {
  return [
    { text: report.name, bold: true },
    `: ${sizeText(report)} · ${timeText(report)} · ${priceText(report)} · ${capsText(report)}`,
  ];
}

/** What a run will need from here on, in one line, before it goes on. */
export function leftLine(report: LeftReport): Shown {
  const { spent } = report;
  const past = spent.agents === 0 ? "" : ` · spent so far: ${costText(spent)}`;
  if (report.steps === 0) return [{ text: report.name, bold: true }, `: no step is left${past}`];
  return [
    { text: report.name, bold: true },
    `: ${sizeText(report, " left")} · ${timeText(report)} · ${priceText(report)}${past} · ${capsText(report)}`,
  ];
}

function sizeText({ cost, steps, fallbacks }: PlanReport, left = ""): string {
  const only = fallbacks === 0 ? "" : ` and ${countText(fallbacks, "fallback")}`;
  return `${countText(steps, "step")}${left}${only} (${agentsText(cost)})`;
}

function agentsText({ agentSteps, repeatedSteps, judges }: PlanReport["cost"]): string {
  if (agentSteps + judges === 0) return "no agent";
  const some = repeatedSteps < agentSteps ? `${repeatedSteps} of them ` : "";
  const often = repeatedSteps === 0 ? "" : `, ${some}in rounds or items`;
  const steps = `${agentSteps} ${agentSteps === 1 ? "asks" : "ask"} an agent${often}`;
  if (judges === 0) return steps;
  return agentSteps === 0 ? countText(judges, "judge") : `${steps}, ${countText(judges, "judge")}`;
}

/** Predicted time, and what it rests on. */
function timeText({ predictedMs, known, timed }: PlanReport): string {
  return `about ${durationText(predictedMs)}${groundText({ known, timed })}`;
}

/** What a prediction rests on; nothing where there are only waits. */
function groundText({ known, timed }: Pick<PlanReport, "known" | "timed">): string {
  if (timed === 0) return "";
  if (known === 0) return " (a guess: no history yet)";
  const others = known < timed ? ", guesses for the others" : "";
  return ` (history for ${known} of ${countText(timed, "step")}${others})`;
}

function priceText({ cost: { agentSteps, judges, unknownSteps, knownUsd } }: PlanReport): string {
  const asked = agentSteps + judges;
  if (asked === 0) return "costs nothing";
  if (unknownSteps === 0) return `about ${moneyText(knownUsd)}`;
  if (unknownSteps === asked) return "cost unknown";
  return `about ${moneyText(knownUsd)} and ${countText(unknownSteps, "unknown price")}`;
}

function capsText({ limits, cost }: PlanReport): string {
  const { tokens, agents, timeMs, parallel } = limits;
  const own = [
    capMoneyText(cost.capUsd),
    `${numberText(tokens)} tokens`,
    countText(agents, "agent attempt"),
    durationText(timeMs),
    `${numberText(parallel)} at once`,
  ];
  return `caps: ${own.join(", ")}`;
}

/** What a run will need above its caps; undefined when it will probably stay below. */
export function aboveCaps(
  { cost, workMs, known, limits }: PlanReport,
  { audit }: { readonly audit: boolean },
): string | undefined {
  const money = `${moneyText(cost.knownUsd)} of at most ${capMoneyText(cost.capUsd)}`;
  const time = `${durationText(workMs)} of at most ${durationText(limits.timeMs)}${known === 0 ? " (a guess: no history yet)" : ""}`;
  const above = [...(cost.knownUsd > cost.capUsd ? [money] : []), ...(workMs > limits.timeMs ? [time] : [])];
  if (above.length === 0) return undefined;
  const end = audit ? "pass its caps, which are only told" : "not get to its end";
  return `it will probably ${end}: it needs about ${above.join(" and about ")}; raise the cap with --limit`;
}

/** The whole plan. */
export function planLines(report: PlanReport, { audit }: { readonly audit: boolean }): Shown[] {
  const above = aboveCaps(report, { audit });
  const parts = new Map(report.parts.map((part) => [part.address, part]));
  const told = new Set<string>();
  const blocks = report.blocks.flatMap((block) => {
    const part = parts.get(holderOf(block.address));
    const first = part !== undefined && !told.has(part.address);
    if (first) told.add(part.address);
    return [...(first ? partLines(part) : []), ...blockLines(block, parts.get(block.address))];
  });
  const warned = above === undefined ? [] : [above];
  return [
    estimateLine(report),
    ...warned,
    ...blocks,
    ...report.parts.filter(isLeaf).flatMap((part) => partLines(part)),
    ...skippedLines(report),
    ...groupLines(report),
    ...memoryLines(report),
    ...boardLines(report.boards),
    ...thinkingLines(report),
    ...treesLines(report.trees),
    ...undoLines(report),
  ];
}

/** It holds no blocks before which it would be told. */
function isLeaf({ kind }: PlanReport["parts"][number]): boolean {
  return kind === "tally" || kind === "pipeline";
}

function skippedLines({ skipped = [] }: PlanReport): Shown[] {
  return skipped.length === 0 ? [] : ["", `not done with these inputs: ${namedText(skipped)}`];
}

/** Those that are told the same do not all begin at once: a provider has to have seen it before it can serve it again. */
function groupLines({ groups = [] }: PlanReport): Shown[] {
  if (groups.length === 0) return [];
  const lines = groups.map((group) => `  ${groupText(group)}: ${namedText(group.steps)}`);
  return ["", "side by side with the same:", ...lines];
}

function memoryLines({ memories = [] }: PlanReport): Shown[] {
  const lines = memories.map(({ name, read, written }) => {
    const told = read.length === 0 ? [] : [`told to ${namedText(read)}`];
    const kept =
      written.length === 0 ? [] : [`what is learned is added once verified: ${namedText(written)}`];
    return `  ${name}: ${[...told, ...kept].join("; ")}`;
  });
  return lines.length === 0 ? [] : ["", "memory, shared with other runs:", ...lines];
}

function groupText({ kind, name = "the usual agent", agent, model, preamble }: PlannedGroup): string {
  const by = [kind === "command" ? agent : undefined, model].filter((one) => one !== undefined);
  const how = by.length > 0 ? ` (${by.join(", ")})` : "";
  return `${kind} ${name}${how}${preamble ? " and preamble, the first goes ahead" : ""}`;
}

function thinkingLines({ thinking = [] }: PlanReport): Shown[] {
  if (thinking.length === 0) return [];
  const lines = thinking.map((one): Shown => [`  ${one.address}: `, { text: thinkingText(one), dim: true }]);
  return ["", "thinking, as far as the texts of the steps tell:", ...lines];
}

function undoLines({ undoable = [], undoesWhole }: PlanReport): Shown[] {
  const whole = "all that the workflow did, as it says itself";
  if (undoable.length === 0) return undoesWhole ? ["", `when the run fails, it takes back ${whole}`] : [];
  return [
    "",
    `when the run fails, what ended well of these is undone, the last first: ${namedText(undoable)}${undoesWhole ? `; then ${whole}` : ""}`,
  ];
}

/** The node that a block is a way, a round or an item of. */
function holderOf(address: string): string {
  return address.replace(/(#|\[\]|\/[^/]*)$/, "");
}

function blockLines(block: BlockReport, part: PartReport | undefined): Shown[] {
  const names = block.levels.flat();
  const [only] = names;
  if (only === undefined) return [];
  const inPart = block.address !== "" && part === undefined;
  if (inPart && names.length === 1 && block.fallbacks.length === 0) {
    return ["", [{ text: block.address, bold: true }, ": one step, ", { text: only, tone: "busy" }]];
  }
  return orderLines(block, part);
}

function orderLines(block: BlockReport, part: PartReport | undefined): Shown[] {
  const needs = new Map(block.needs.map(({ step, needs: all }) => [step, all]));
  const saved = block.gain > 0 ? `, saves ${Math.round(block.gain * 100)} %` : "";
  const title = block.address === "" ? "order" : block.address;
  const steps = block.levels.flatMap((level, index) =>
    level.map((name, position) => stepLine({ index, position, name }, needs.get(name) ?? [])),
  );
  return [
    "",
    [{ text: title, bold: true }, `: ${block.strategy} (${block.why})${saved}`],
    ...(part?.kind === "join" ? [`  ${joinText(part)}`] : []),
    ...steps,
    ...block.fallbacks.map((fallback) => fallbackLine(fallback)),
    `  critical path: ${block.criticalPath.join(" → ")}${timesText(block)}`,
  ];
}

function timesText({ criticalMs, makespanMs }: BlockReport): string {
  return criticalMs === 0 && makespanMs === 0
    ? ""
    : `, ${durationText(criticalMs)} of ${durationText(makespanMs)}`;
}

function fallbackLine({ step, of }: BlockReport["fallbacks"][number]): Shown {
  return ["      ", { text: step, tone: "busy" }, { text: `  (fallback of ${of.join(", ")})`, dim: true }];
}

interface Place {
  readonly index: number;
  readonly position: number;
  readonly name: string;
}

function stepLine({ index, position, name }: Place, needs: BlockReport["needs"][number]["needs"]): Shown {
  const number = position === 0 ? `${index + 1}.` : "";
  const why = needs.map(({ step, because, detail }) =>
    because === "order" ? step : `${step} (${because === "depends_on" ? because : (detail ?? because)})`,
  );
  return [
    `  ${number.padEnd(4)}`,
    { text: name, tone: "busy" },
    { text: why.length > 0 ? `  after ${why.join(", ")}` : "", dim: true },
  ];
}
