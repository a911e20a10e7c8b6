import { hash } from "node:crypto";
import type { Event } from "../../core/events.ts";
import type { Workflow } from "../../language/workflow.ts";
import type { NewRun } from "../../ports/run-store.ts";
import type { Connection, SqlValue } from "./connection.ts";
import { pack, unpack } from "./packing.ts";
import { damagedError } from "./sqlite-errors.ts";

/**
 * What all runs of one workflow share: the text it was read from and what that was read as. It is stored once, however
 * many runs there are, and its first event comes without it.
 */
export interface Definition {
  readonly digest: string;
  /** Packed. */
  readonly source: string | Uint8Array;
  /** Packed JSON; that of null for a log that does not begin with `run.created`. */
  readonly workflow: string | Uint8Array;
}

interface Begun {
  readonly definition: Definition;
  /** As they are stored. */
  readonly events: readonly Event[];
}

/** What the first event has in place of its workflow, so that a run whose row is lost has one again. */
export interface OwnRow {
  /** The beginning of the definition's digest. */
  readonly definition: string;
  readonly origin: string;
}

/** Takes the definition out of the first events of a run. */
export function takeDefinition(
  { source, origin }: Pick<NewRun, "source" | "origin">,
  events: readonly Event[],
): Begun {
  const [first, ...others] = events;
  if (first?.type !== "run.created") return { definition: definitionOf(source, undefined), events };
  const { workflow } = first;
  const definition = definitionOf(source, workflow);
  const row: OwnRow = { definition: definition.digest.slice(0, 16), origin };
  return { definition, events: [{ ...first, workflow: undefined, row } as unknown as Event, ...others] };
}

/** The row that a first event as it is stored tells of; undefined for other events, and in older logs. */
export function ownRowOf(first: Event): OwnRow | undefined {
  const row = first.type === "run.created" ? (first as { readonly row?: Partial<OwnRow> }).row : undefined;
  const { definition, origin } = row ?? {};
  return typeof definition === "string" && typeof origin === "string" ? { definition, origin } : undefined;
}

const latest = new WeakMap<Workflow, { readonly source: string; readonly definition: Definition }>();

function definitionOf(source: string, workflow: Workflow | undefined): Definition {
  const known = workflow && latest.get(workflow);
  if (known?.source === source) return known.definition;
  const json = JSON.stringify(workflow ?? null);
  const digest = hash("sha256", `${source.length} ${source}${json}`);
  const definition = { digest, source: pack(source), workflow: pack(json) };
  if (workflow) latest.set(workflow, { source, definition });
  return definition;
}

/** Inside a job: the row number of a definition, which is stored when it is not there. */
export function createDefinitions(connection: Connection): (definition: Definition) => number {
  return connection.oncePerTransaction((definition) => store(connection, definition));
}

function store(connection: Connection, { digest, source, workflow }: Definition): number {
  const known = connection.statement("SELECT no FROM definitions WHERE digest = ?").get(digest);
  if (known) return Number(known["no"]);
  return connection
    .statement("INSERT INTO definitions (digest, source, workflow) VALUES (?, ?, ?)")
    .run(digest, source, workflow).lastId;
}

/** Puts the workflow back into the first event of a run's log. STORE_DAMAGED when it is gone. */
export function putWorkflowBack(
  connection: Connection,
  { runId, first }: { readonly runId: string; readonly first: Event | undefined },
): void {
  if (first?.type !== "run.created") return;
  const row = connection
    .statement("SELECT d.workflow FROM runs r JOIN definitions d ON d.no = r.definition WHERE r.run_id = ?")
    .get(runId);
  const created = first as { workflow?: Workflow; row?: OwnRow };
  delete created.row;
  created.workflow = readWorkflow(row?.["workflow"], { runId, file: connection.file });
}

function readWorkflow(
  packed: SqlValue | undefined,
  { runId, file }: { readonly runId: string; readonly file: string },
): Workflow {
  try {
    return JSON.parse(unpack(packed)) as Workflow;
  } catch (cause) {
    throw damagedError({ file, detail: `the workflow of run "${runId}" cannot be decoded`, cause });
  }
}
