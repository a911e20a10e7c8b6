import type { StreamAlert } from "../../language/pipeline.ts";
import type { PipelineReport, StageReport } from "../../verbs/plan-pipelines.ts";
import type { Shown } from "./out.ts";
import { sinkText, sourceText } from "./pipeline-title.ts";
import { shortText } from "./request.ts";
import { countText, durationText, numberText, oneLine } from "./words.ts";

/** Longest text of a stage that is told. */
const mostOfText = 100;

/** What a plan says of a pipeline: its stages in their order, and what happens where too much comes. */
export function pipelineLines(report: PipelineReport): Shown[] {
  const { address, source, stages, sinks } = report;
  const begins = `: records of ${sourceText(source)}${report.continuous ? ", until it is stopped" : ""}`;
  return [
    "",
    [{ text: address, bold: true }, begins],
    ...stages.map((stage, index) => stageLine(stage, stages[index - 1]?.name ?? "source")),
    ...sinks.map((sink): Shown => [
      "  ",
      { text: sink.name, tone: "busy" },
      ` ${sinkText(sink)}, from ${sink.from.join(", ")}`,
    ]),
    ...[flowText(report), ...capTexts(report), ...alertTexts(report)].map((text): Shown => [
      { text: `  ${text}`, dim: true },
    ]),
  ];
}

function alertTexts({ alerts = [] }: PipelineReport): readonly string[] {
  return alerts.map(
    ({ name, when, forMs, notify }) =>
      `alert ${oneLine(name)}: ${oneLine(when)} for ${durationText(forMs)}, told ${notifyText(notify)}`,
  );
}

function notifyText(notify: StreamAlert["notify"]): string {
  if (notify === "terminal") return "at the terminal";
  if (notify === "desktop") return "on the desktop";
  const [kind, to] = Object.entries(notify)[0] ?? [];
  return `by ${kind}: ${to}`;
}

/** What stops it before its records do. */
function capTexts({ stages, caps = {} }: PipelineReport): readonly string[] {
  const { agents, timeMs } = caps;
  const asking = stages.flatMap(({ name, asksAgents }) => (asksAgents ? [name] : []));
  const batches = `${countText(agents?.cap ?? 0, "batch", "batches")} of ${asking.join(", ")}`;
  return [
    ...(agents
      ? [
          `stops after ${countText(agents.cap, "agent attempt")}, so ${batches} where each asks once; ${raiseText("agents", agents)}`,
        ]
      : []),
    ...(timeMs
      ? [
          `stops after ${durationText(timeMs.cap)} of work, though it has no end; ${raiseText("time", timeMs)}`,
        ]
      : []),
  ];
}

function raiseText(key: "agents" | "time", { of }: { readonly of?: string }): string {
  const example = key === "agents" ? "1000" : "24h";
  return of === undefined
    ? `to go on longer: --limit ${key}=${example}, also with tutti resume`
    : `to go on longer: more \`${key}\` in the \`limits\` of "${of}"`;
}

function stageLine(stage: StageReport, before: string): Shown {
  const { name, from, when, does, asksAgents } = stage;
  const done = [...(when === undefined ? [] : [`when ${when}`]), ...(does === undefined ? [] : [does])];
  const isUsual = from.length === 1 && from[0] === before;
  const details = [
    ...(isUsual ? [] : [`from ${from.join(", ")}`]),
    ...roomTexts(stage),
    ...(asksAgents ? ["each batch a run of its own, which may cost money"] : []),
  ];
  return [
    "  ",
    { text: name, tone: "busy" },
    ` ${shortText(done.join(", then "), mostOfText)}`,
    ...(details.length === 0 ? [] : [{ text: `  ${details.join(", ")}`, dim: true }]),
  ];
}

function roomTexts({ batchSize, parallelism: { least, most }, rate }: StageReport): readonly string[] {
  const atOnce = least === most ? String(most) : `${least} to ${most}`;
  return [
    batchSize === 1 ? "one by one" : `batches of ${numberText(batchSize)}`,
    ...(most === 1 ? [] : [`${atOnce} at once`]),
    ...(rate ? [`at most ${numberText(rate.count)} in ${durationText(rate.perMs)}`] : []),
  ];
}

const overflows = {
  block: "the source waits",
  drop_oldest: "the oldest of them is dropped",
  drop_newest: "those that come are dropped",
  spill: "others wait on disk",
  fail: "it fails",
} as const;

function flowText({ flow: { bufferSize, overflow, backpressure } }: PipelineReport): string {
  const where = backpressure && overflow !== "block" ? ", behind the source," : "";
  return `at most ${countText(bufferSize, "record")} wait before each stage and sink; then${where} ${overflows[overflow]}`;
}
