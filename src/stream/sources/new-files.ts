import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createDraft } from "./draft.ts";
import type { Found } from "./draft.ts";
import type { SourceOptions } from "./options.ts";
import { expandPaths } from "./paths.ts";
import { readPosition } from "./position.ts";
import { createPause } from "./wait.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { SourceReader } from "../source.ts";

const lookMs = 1000;

export interface NewFilesOptions extends SourceOptions {
  readonly toRecord: (path: string) => Promise<Found>;
}

/** A file as it was at a moment. */
interface Version {
  readonly path: string;
  /** When the system says that it was changed last, ns since the epoch: nobody can set it. */
  readonly changedNs: bigint;
}

/**
 * Files that are new or were changed, in the order of their changes; a path without wildcards is waited for. A file is taken when it
 * is the same for a second, so that one that is being written is not taken by halves; one that changes again is a record again.
 * How far it is, is the time of the last change that was taken: where the system's clock is set back, changes may be passed over.
 */
export async function openNewFiles(
  paths: readonly string[],
  options: NewFilesOptions,
): Promise<SourceReader> {
  const { host, toRecord } = options;
  const pause = createPause(host.clock);
  let taken = readPosition(options.position, { kind: "files", parse: parseVersion });
  let seen = await newer(paths, { cwd: host.cwd, than: taken });
  let ready: readonly Version[] = [];

  /** Those that were the same at the last look, up to the first that was not. */
  async function look(): Promise<void> {
    const now = await newer(paths, { cwd: host.cwd, than: taken });
    const before = new Map(seen.map(({ path, changedNs }) => [path, changedNs]));
    const moving = now.findIndex(({ path, changedNs }) => before.get(path) !== changedNs);
    ready = moving === -1 ? now : now.slice(0, moving);
    seen = now;
  }

  return {
    async read(most, signal) {
      const draft = createDraft(most);
      while (ready.length === 0) {
        await pause.wait(lookMs, signal);
        await look();
      }
      for (const version of ready) {
        if (draft.isFull) break;
        draft.add(await toRecord(version.path), version.path);
        taken = version;
      }
      ready = ready.slice(draft.count);
      const position = taken ? { kind: "files", path: taken.path, changedNs: String(taken.changedNs) } : null;
      return draft.done({ position, ended: false, lag: { records: ready.length } });
    },
    close: async () => {},
  };
}

function parseVersion({ path, changedNs }: JsonObject): Version | undefined {
  if (typeof path !== "string" || typeof changedNs !== "string" || !/^\d+$/.test(changedNs)) return undefined;
  return { path, changedNs: BigInt(changedNs) };
}

async function newer(
  paths: readonly string[],
  { cwd, than }: { readonly cwd: string; readonly than: Version | undefined },
): Promise<readonly Version[]> {
  const versions: Version[] = [];
  for (const { path } of await expandPaths(paths, cwd)) {
    const version = await versionOf(path, cwd);
    if (version && (!than || compare(version, than) > 0)) versions.push(version);
  }
  return versions.sort(compare);
}

/** Undefined: there is no file now. */
async function versionOf(path: string, cwd: string): Promise<Version | undefined> {
  const found = await stat(resolve(cwd, path), { bigint: true }).catch(() => undefined);
  return found?.isFile() === true ? { path, changedNs: found.ctimeNs } : undefined;
}

function compare(a: Version, b: Version): number {
  if (a.changedNs !== b.changedNs) return a.changedNs < b.changedNs ? -1 : 1;
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}
