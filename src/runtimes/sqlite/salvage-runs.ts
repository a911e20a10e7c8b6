import type { Event } from "../../core/events.ts";
import { isObject } from "../../expression/json.ts";
import type { Connection, Row } from "./connection.ts";
import { ownRowOf } from "./definitions.ts";
import { decodeAppend } from "./log-codec.ts";
import { unpack } from "./packing.ts";

/** The status of a run whose row is lost: its log has to tell. */
export const lostStatus = "lost";

/** Gives every log without a row the one that its first append tells of, as far as its definition is there. */
export function putRowsBack(target: Connection): void {
  const firsts = target
    .statement("SELECT run, body, refs FROM appends WHERE seq = 1 AND run NOT IN (SELECT no FROM runs)")
    .all();
  for (const row of firsts) putRowBack(target, row);
}

function putRowBack(target: Connection, append: Row): void {
  const [first] = eventsOf(append) ?? [];
  const row = first && ownRowOf(first);
  if (first?.type !== "run.created" || !row) return;
  const definition = target
    .statement("SELECT no, workflow FROM definitions WHERE substr(digest, 1, 16) = ?")
    .get(row.definition);
  const name = nameOf(definition);
  if (!definition || name === undefined) return;
  const { run = null } = append;
  const { no = null } = definition;
  target
    .statement(
      `INSERT OR IGNORE INTO runs (no, run_id, name, created_at, origin, definition, status, epoch, holder, since)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, NULL, ?4)`,
    )
    .run(run, first.runId, name, first.at, row.origin, no, lostStatus);
}

function nameOf(definition: Row | undefined): string | undefined {
  try {
    const workflow: unknown = JSON.parse(unpack(definition?.["workflow"]));
    return isObject(workflow) && typeof workflow["name"] === "string" ? workflow["name"] : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what is no list of events. */
export function eventsOf(row: Row): readonly Event[] | undefined {
  try {
    const { events, refs } = decodeAppend({ body: row["body"] ?? null, refs: row["refs"] ?? null });
    const isRead = Array.isArray(events) && Array.isArray(refs) && events.length > 0 && events.every(isEvent);
    return isRead ? events : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): boolean {
  return isObject(value) && typeof value["type"] === "string" && typeof value["at"] === "number";
}
