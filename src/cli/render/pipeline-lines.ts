import { pipelineTable } from "./pipeline-table.ts";
import { fatesOf, fatesText, latencyText, type ShownPipeline } from "./pipeline-words.ts";
import type { Shown } from "./out.ts";
import { countText, dateTimeText, durationText, oneLine } from "./words.ts";

interface OfRun {
  readonly runId: string;
}

/** What became of the records of a run's pipelines, for its end; how to look at those that are dead. */
export function recordLines(pipelines: readonly ShownPipeline[], { runId }: OfRun): Shown[] {
  return pipelines.flatMap(({ address, figures, letters }): Shown[] => {
    const { dead, dropped, waiting } = fatesOf(figures);
    const trouble = dead + dropped > 0;
    return [
      [
        "  records of ",
        { text: address, bold: true },
        ": ",
        trouble ? { text: fatesText(figures, letters), tone: "warn" } : fatesText(figures, letters),
        waiting > 0 ? `; ${countText(waiting, "record")} on their way` : "",
      ],
      ...letterHint(letters, { runId, indent: "  " }),
    ];
  });
}

function letterHint(
  letters: number | undefined,
  { runId, indent }: OfRun & { readonly indent: string },
): Shown[] {
  if (letters === undefined || letters === 0) return [];
  return [
    [`${indent}${countText(letters, "dead letter")}: `, { text: `tutti pipeline dead ${runId}`, bold: true }],
  ];
}

/** All figures of a pipeline. */
export function figuresLines(
  { figures, letters }: ShownPipeline,
  { runId, width, indent = "" }: OfRun & { readonly width?: number | undefined; readonly indent?: string },
): Shown[] {
  const room = width === undefined ? {} : { width: width - indent.length };
  const { p50, p95, p99 } = figures.latencyMs;
  const through =
    p99 === 0
      ? ""
      : ` · source to sink ${latencyText(p50)} (p50), ${latencyText(p95)} (p95), ${latencyText(p99)} (p99)`;
  return [
    ...pipelineTable(figures, room).map((line): Shown => [indent, ...line]),
    `${indent}at work for ${durationText(figures.runningMs)}${through}`,
    ...(figures.alerts ?? []).map(({ name, when, since }): Shown => [
      indent,
      { text: `alert ${oneLine(name)}`, tone: "warn" },
      `: ${oneLine(when)}, since ${dateTimeText(since)}`,
    ]),
    ...letterHint(letters, { runId, indent }),
  ];
}
