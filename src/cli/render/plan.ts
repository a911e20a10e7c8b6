import type { BlockReport, PlanReport } from "../../verbs/plan.ts";
import type { Shown } from "./out.ts";
import { countText, durationText, moneyText, numberText } from "./words.ts";

/** What a run will need, in one line: before it starts. */
export function estimateLine(report: PlanReport): Shown {
  const { cost, steps, name } = report;
  const agents = cost.agentSteps === 0 ? "no agent" : `${cost.agentSteps} ask an agent`;
  return [
    { text: name, bold: true },
    `: ${countText(steps, "step")} (${agents}) · ${timeText(report)} · ${priceText(report)} · ${capsText(report)}`,
  ];
}

/** Predicted time, with how much of it history knows. */
function timeText({ predictedMs, known, steps }: PlanReport): string {
  if (known === 0) return "time unknown (no history yet)";
  return `about ${durationText(predictedMs)} (history for ${known} of ${countText(steps, "step")})`;
}

function priceText({ cost: { agentSteps, unknownSteps, knownUsd } }: PlanReport): string {
  if (agentSteps === 0) return "costs nothing";
  if (unknownSteps === 0) return `about ${moneyText(knownUsd)}`;
  if (unknownSteps === agentSteps) return "cost unknown";
  return `about ${moneyText(knownUsd)} and ${countText(unknownSteps, "unknown price")}`;
}

function capsText({ limits, cost }: PlanReport): string {
  const { tokens, agents, timeMs, parallel } = limits;
  const own = [
    moneyText(cost.capUsd),
    `${numberText(tokens)} tokens`,
    countText(agents, "agent attempt"),
    durationText(timeMs),
    `${numberText(parallel)} at once`,
  ];
  return `caps: ${own.join(", ")}`;
}

/** The whole plan. */
export function planLines(report: PlanReport): Shown[] {
  const blocks = report.blocks.flatMap((block) => blockLines(block));
  return [estimateLine(report), ...blocks];
}

function blockLines(block: BlockReport): Shown[] {
  const needs = new Map(block.needs.map(({ step, needs: all }) => [step, all]));
  const saved = block.gain > 0 ? `, saves ${Math.round(block.gain * 100)} %` : "";
  const title = block.address === "" ? "order" : block.address;
  const steps = block.levels.flatMap((level, index) =>
    level.map((name, position) => stepLine({ index, position, name }, needs.get(name) ?? [])),
  );
  return [
    "",
    [{ text: title, bold: true }, `: ${block.strategy} (${block.why})${saved}`],
    ...steps,
    `  critical path: ${block.criticalPath.join(" → ")}${timesText(block)}`,
  ];
}

function timesText({ criticalMs, makespanMs }: BlockReport): string {
  return criticalMs === 0 && makespanMs === 0
    ? ""
    : `, ${durationText(criticalMs)} of ${durationText(makespanMs)}`;
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
