import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../src/core/events.ts";
import { openTutti } from "../../src/engine.ts";
import type { Tutti } from "../../src/verbs/tutti.ts";
import { processesOf } from "./binary.ts";
import { executionsOf, filesOf, overlapsOf, type Project } from "./project.ts";

/** Opens the state that the binary left, through the API. */
export async function withTutti<T>(project: Project, use: (tutti: Tutti) => Promise<T>): Promise<T> {
  const tutti = await openTutti({ cwd: project.folder, home: project.home });
  try {
    return await use(tutti);
  } finally {
    await tutti.close();
  }
}

/** The project's one run, when it has been created; runs inside it aside. */
export interface Found {
  readonly runId: string;
  readonly status: string;
  readonly events: readonly Event[];
}

export async function findRun(project: Project): Promise<Found | undefined> {
  if (!existsSync(join(project.home, "tutti.db"))) return undefined;
  return withTutti(project, async (tutti) => {
    const [row, another] = (await tutti.runs()).filter(({ runId }) => !runId.includes("."));
    if (another) throw new Error(`more than one run was created: ${row?.runId}, ${another.runId}`);
    if (!row) return undefined;
    return { runId: row.runId, status: row.status, events: await tutti.events(row.runId) };
  });
}

/**
 * What may not be executed again. After each end of the process, `look` takes down what the log says has ended and
 * how often it had been executed by then; `repeated` names what was executed more often since.
 */
export class Ledger {
  readonly #project: Project;
  readonly #ended = new Map<string, number>();

  constructor(project: Project) {
    this.#project = project;
  }

  /** Number of executions that have ended durably. */
  get size(): number {
    return this.#ended.size;
  }

  look(events: readonly Event[]): void {
    const executions = executionsOf(this.#project);
    for (const event of events) {
      for (const key of endedBy(event)) {
        if (!this.#ended.has(key)) this.#ended.set(key, countOf(executions, key));
      }
    }
  }

  repeated(): readonly string[] {
    const executions = executionsOf(this.#project);
    return [...this.#ended]
      .filter(([key, count]) => countOf(executions, key) !== count)
      .map(
        ([key, count]) => `${key}: ${count} times when its end was durable, ${countOf(executions, key)} now`,
      );
  }
}

/** The lines of the execution log that may not come again after an event; an address alone stands for all of it. */
function endedBy(event: Event): readonly string[] {
  switch (event.type) {
    case "attempt.ended":
      return [`work ${event.address} ${event.attempt}`];
    case "gate.ended":
      return [`gate ${event.address} ${event.attempt}`];
    case "node.ended":
      return [event.address];
    default:
      return [];
  }
}

function countOf(executions: ReadonlyMap<string, number>, key: string): number {
  if (key.includes(" ")) return executions.get(key) ?? 0;
  let count = 0;
  for (const [line, times] of executions) if (line.split(" ")[1] === key) count += times;
  return count;
}

/** Everything that is wrong with a run that has come to its end. */
export async function faultsOf(
  project: Project,
  {
    status = "completed",
    ...expected
  }: {
    readonly files: Readonly<Record<string, string>>;
    readonly ledger: Ledger;
    /** What it has to have come to; default: completed. */
    readonly status?: string;
  },
): Promise<readonly string[]> {
  const found = await findRun(project);
  if (!found) return ["there is no run"];
  const report = await withTutti(project, (tutti) => tutti.audit());
  const living = processesOf(found.runId);
  return [
    ...(found.status === status ? [] : [`the run is ${found.status}`]),
    ...expected.ledger.repeated(),
    ...startedTwice(found.events),
    ...overlapsOf(project).map((step) => `begun while it was still running: ${step}`),
    ...differences(filesOf(project), expected.files),
    ...report.findings.map((finding) => `audit: ${JSON.stringify(finding)}`),
    ...(living.length > 0 ? [`still running: ${living.join(", ")}`] : []),
  ];
}

function startedTwice(events: readonly Event[]): readonly string[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    // a restart counts its attempts anew
    if (event.type === "run.restarted") seen.clear();
    if (event.type !== "attempt.started") return [];
    const key = `${event.address} attempt ${event.attempt}`;
    if (seen.has(key)) return [`started twice: ${key}`];
    seen.add(key);
    return [];
  });
}

function differences(
  files: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Set([...Object.keys(files), ...Object.keys(expected)]);
  return [...names].filter((name) => files[name] !== expected[name]).map((name) => `other file: out/${name}`);
}
