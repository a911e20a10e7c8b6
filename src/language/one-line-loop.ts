import type { Target } from "./dialects/builder.ts";
import { roundsOf } from "./dialects/rounds.ts";
import type { OneLine } from "./one-line.ts";
import type { LineStage } from "./one-line-parts.ts";

export interface Repeated {
  readonly steps: readonly Target[];
  readonly stages: readonly LineStage[];
}

/** The commands as rounds of a loop: until `--criteria` holds, and for `--max_iterations` rounds at most. */
export function loopOf(line: OneLine, { steps, stages }: Repeated): Target {
  const { criteria } = line.options;
  if (criteria !== undefined && stages.at(-1)?.parallel) reportGroup(line);
  return roundsOf({ steps, criteria, max: maxOf(line) });
}

function maxOf({ options, report }: OneLine): number | undefined {
  const { maxIterations } = options;
  if (maxIterations === undefined) return undefined;
  const max = Number(maxIterations);
  if (Number.isInteger(max) && max > 0) return max;
  report.add({
    code: "USAGE",
    message: `Cannot repeat it "${maxIterations}" times: --max_iterations must be a whole number, 1 or more`,
    fix: 'write --max_iterations="3"',
  });
  return undefined;
}

function reportGroup({ report }: OneLine): void {
  report.add({
    code: "USAGE",
    message: 'Cannot use "--criteria" here: the last commands run together, and none of them speaks for all',
    fix: 'add --integration="/validate", or end with one command',
  });
}
