import type { RunStatus } from "../../core/events.ts";
import { nearest } from "../../expression/nearest.ts";
import type { RunSummary } from "../../verbs/runs.ts";
import { positive } from "../flags.ts";
import { branchesOf } from "../landings.ts";
import { headCells, tableLines } from "../render/table.ts";
import { agoText, countText, durationText, statusTone, statusWord } from "../render/words.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

const statuses = [
  "initializing",
  "executing",
  "recovering",
  "waiting",
  "paused",
  "compensating",
  "completing",
  "completed",
  "degraded",
  "failed",
  "cancelled",
  "interrupted",
] as const satisfies readonly (RunStatus | "interrupted")[];

interface RunsFlags {
  readonly status?: string;
  readonly limit: number;
}

export const runs = defineVerb<RunsFlags>({
  examples: ["tutti runs", "tutti runs --status failed,interrupted", "tutti runs --limit 100 --json"],
  define: (command) =>
    command
      .option("--status <list>", `only these, with commas between them: ${statuses.join(", ")}`)
      .option("--limit <n>", "at most so many, the newest", positive, 20),
  run: async ({ out, json, open }, { options: { status, limit } }) => {
    const wanted =
      status === undefined ? undefined : status.split(",").map((name) => statusNamed(name.trim()));
    const tutti = await open();
    const all = await tutti.runs();
    const chosen = all.filter((run) => wanted === undefined || wanted.includes(run.status));
    const shown = familyOrder(chosen.slice(0, limit));
    const landed = await branchesOf(
      tutti,
      shown.map(({ runId }) => runId),
    );
    if (json) out.json({ runs: shown.map((run) => withBranches(run, landed)), total: chosen.length });
    else if (shown.length > 0) out.say(...listLines(shown, landed));
    if (all.length === 0) out.note(`there is no run yet in ${tutti.stateDir}; start one: tutti run FILE`);
    else if (shown.length === 0) out.note(`none of ${countText(all.length, "run")} is ${wordsOf(wanted)}`);
    const more = chosen.length - shown.length;
    if (more > 0) out.note(`and ${countText(more, "older run")}: --limit ${chosen.length}`);
    return 0;
  },
});

function wordsOf(statuses: readonly string[] = []): string {
  return statuses.join(" or ");
}

function statusNamed(name: string): RunSummary["status"] {
  const found = statuses.find((status) => status === name);
  if (found) return found;
  const close = nearest(name, statuses);
  throw usage(
    `Cannot list runs of the status "${name}": there is no such status`,
    close === undefined ? `use: ${statuses.join(", ")}` : `did you mean "${close}"?`,
  );
}

/** Runs that do steps of others come after those, in the order of their numbers. */
function familyOrder(runs: readonly RunSummary[]): readonly RunSummary[] {
  const families = Map.groupBy(runs, ({ runId }) => runId.split(".")[0] ?? runId);
  const byNumber = new Intl.Collator("en", { numeric: true });
  return [...families.values()].flatMap((family) =>
    family.toSorted((a, b) => byNumber.compare(a.runId, b.runId)),
  );
}

/** How deep it lies in other runs. */
function indentOf(runId: string): string {
  return "  ".repeat(runId.split(".").length - 1);
}

type Branches = ReadonlyMap<string, readonly string[]>;

function withBranches(run: RunSummary, landed: Branches): object {
  const landedOn = landed.get(run.runId);
  return landedOn ? { ...run, landedOn } : run;
}

function listLines(runs: readonly RunSummary[], landed: Branches) {
  const now = Date.now();
  return tableLines([
    headCells("RUN", "STATUS", "STARTED", "TOOK", "NAME"),
    ...runs.map(({ runId, status, createdAt, updatedAt, name, owner }) => [
      { text: indentOf(runId) + runId, bold: true },
      { text: statusWord(status), tone: statusTone(status) },
      agoText(createdAt, now),
      durationText((owner === undefined ? updatedAt : now) - createdAt),
      name + (owner === undefined ? "" : ` (${owner})`) + landedText(landed.get(runId)),
    ]),
  ]);
}

function landedText(branches: readonly string[] | undefined): string {
  return branches ? ` · landed on ${branches.join(", ")}` : "";
}
