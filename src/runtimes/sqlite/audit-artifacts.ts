import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoreFinding } from "../../ports/store-audit.ts";
import { artifactPath, namesIn, tempFolder, unlessMissing } from "./artifacts.ts";
import { artifactIdsIn, type AuditParts, type Bodies, type Need } from "./audit-database.ts";
import { isRunning } from "./process-identity.ts";
import { shellWord } from "../../expression/shell-word.ts";

/**
 * A file younger than this is never an orphan or a leftover: an artifact is stored before the append that names it.
 * By the machine's time, as the files' own times are.
 */
const freshMs = 3_600_000;

export function isFresh(file: { readonly mtimeMs: number }): boolean {
  return Date.now() - file.mtimeMs < freshMs;
}

/**
 * Artifacts that are lost, changed, or that nothing names any more; the last only when everything that could name
 * them was read (`isWhole` says it of the logs).
 */
export async function* inspectArtifacts(
  parts: AuditParts,
  { needed, nested, named, isWhole }: Bodies & { readonly isWhole: boolean },
): AsyncIterable<StoreFinding> {
  const kept = new Set(named);
  let isComplete = isWhole;
  for (const [id, by] of needed) {
    const state = await parts.artifacts.verify(id);
    if (state !== "ok") yield lostArtifact({ id, state, ...by });
    if (!nested.has(id)) continue;
    if (state === "ok") for (const inner of await idsInside(parts, id)) kept.add(inner);
    else isComplete = false;
  }
  if (isComplete) yield* inspectOrphans(parts, kept);
}

async function idsInside({ artifacts }: AuditParts, id: string): Promise<readonly string[]> {
  return artifactIdsIn(Buffer.from(await artifacts.get(id)).toString("utf8"));
}

async function* inspectOrphans(
  { artifacts, dir }: AuditParts,
  kept: ReadonlySet<string>,
): AsyncIterable<StoreFinding> {
  for await (const { id, bytes } of artifacts.list()) {
    if (kept.has(id)) continue;
    const file = await unlessMissing(stat(artifactPath(join(dir, "artifacts"), id) ?? dir));
    if (!file || isFresh(file)) continue;
    yield {
      kind: "artifact-orphaned",
      severity: "warning",
      repairable: true,
      subject: id,
      message: `Cannot find what needs artifact "${id}": no run names it (${bytes} bytes)`,
      fix: "run: tutti audit --repair",
    };
  }
}

function lostArtifact(
  lost: Need & { readonly id: string; readonly state: "missing" | "damaged" },
): StoreFinding {
  const { id, runId, address, state } = lost;
  const again =
    address === undefined
      ? "start the run anew"
      : `make it anew: tutti resume ${runId} --from ${shellWord(address)}`;
  return {
    kind: `artifact-${state}`,
    severity: "error",
    repairable: false,
    runId,
    subject: id,
    message: `Cannot give a value of run "${runId}"${address === undefined ? "" : ` (${address})`}: artifact "${id}" is ${state}`,
    fix: `put the file back from a copy of the folder, or ${again}`,
  };
}

/** Half-written files of processes that are gone. */
export async function* inspectTempFiles({ dir }: AuditParts): AsyncIterable<StoreFinding> {
  const folder = join(dir, "artifacts", tempFolder);
  for (const name of await namesIn(folder)) {
    const file = await unlessMissing(stat(join(folder, name)));
    // both, because the writer may run in another container, where its process id says nothing
    if (!file || isFresh(file) || isRunning(Number.parseInt(name, 10))) continue;
    yield {
      kind: "temp-leftover",
      severity: "warning",
      repairable: true,
      subject: join("artifacts", tempFolder, name),
      message: `Cannot use the file "${name}": its writer ended in the middle (${file.size} bytes)`,
      fix: "run: tutti audit --repair",
    };
  }
}
