import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isObject } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";
import type { FoundCommand } from "./discover.ts";
import type { StaticGraph } from "./graph.ts";
import { readJson, writeJson } from "./state-file.ts";

/** Raised when a graph is built in another way from the same files. */
const version = 1;

/** Changes when the file does: its time of change and its size. Absent files have a stamp of their own. */
export async function stampOf(file: string): Promise<string> {
  try {
    const about = await stat(file, { bigint: true });
    return `${about.mtimeNs}/${about.ctimeNs}/${about.size}`;
  } catch {
    return "absent";
  }
}

/** What a graph was built from: every file with its stamp. */
export async function fingerprint(found: readonly FoundCommand[]): Promise<string> {
  const hash = createHash("sha256").update(String(version));
  const stamps = await Promise.all(found.map((each) => stampOf(each.file)));
  found.forEach((each, index) =>
    hash.update(JSON.stringify([each.scope, each.kind, each.name, each.file, stamps[index]])),
  );
  return hash.digest("hex");
}

/** The graph kept for these files; undefined when there is none, it is of other files, or it is damaged. */
export async function readCachedGraph(file: string, key: string): Promise<StaticGraph | undefined> {
  const value = await readJson(file);
  if (!isObject(value) || value.key !== key) return undefined;
  const { edges, missing, cycles } = value;
  if (!isObject(edges) || !Object.values(edges).every(isTexts)) return undefined;
  if (!Array.isArray(missing) || !missing.every(isNeed)) return undefined;
  if (!Array.isArray(cycles) || !cycles.every(isTexts)) return undefined;
  return { edges, missing, cycles } as unknown as StaticGraph;
}

/** Keeps a graph. A state folder that is not there is not made, and one that cannot be written only costs time. */
export async function keepGraph(
  file: string,
  key: string,
  { edges, missing, cycles }: StaticGraph,
): Promise<void> {
  if (!existsSync(dirname(file))) return;
  await writeJson(file, { key, edges, missing, cycles }).catch(() => undefined);
}

function isTexts(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isNeed(value: Json): boolean {
  return isObject(value) && typeof value.command === "string" && typeof value.dependency === "string";
}
