import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../expression/json.ts";
import type { CompletionMarker } from "../ports/command-catalog.ts";
import { nameKey } from "./names.ts";
import { readJson, writeJson } from "./state-file.ts";

/** `family/cmd` and `/family:cmd` are one command, so they have one marker. */
export async function writeMarker(folder: string, marker: CompletionMarker): Promise<void> {
  const command = nameKey(marker.command);
  await writeJson(markerFile(folder, command), { ...marker, command });
}

/** The marker of a command; a damaged one counts as absent. */
export async function readMarker(folder: string, name: string): Promise<CompletionMarker | undefined> {
  const command = nameKey(name);
  const value = await readJson(markerFile(folder, command));
  if (!isObject(value) || value.command !== command) return undefined;
  const { at, evidence } = value;
  return typeof at === "number" && isObject(evidence) ? { command, at, evidence } : undefined;
}

/** The command counts as never completed. */
export async function removeMarker(folder: string, name: string): Promise<void> {
  await rm(markerFile(folder, nameKey(name)), { force: true });
}

/** Readable where the name allows it, unique by its hash, and never a way out of the folder. */
function markerFile(folder: string, command: string): string {
  const readable = command.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
  const hash = createHash("sha256").update(command).digest("hex").slice(0, 16);
  return join(folder, `${readable}.${hash}.json`);
}
