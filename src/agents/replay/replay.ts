import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isTuttiError, messageOf } from "../../errors.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import { sameJson } from "../../expression/json.ts";
import type { Agent, AgentAbilities, AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { fileSignature } from "../../files/changed-files.ts";
import { pathInside } from "../inside.ts";
import {
  openCassette,
  type Cassette,
  type Entry,
  type FileChange,
  type RecordedRequest,
  type Redaction,
} from "./cassette.ts";
import { differingLines, likeness } from "./difference.ts";
import { recordedRequest, requestLines } from "./request.ts";

export interface ReplayOptions {
  /** Folder with the recording. */
  readonly cassette: string;
  /** The one that the work was recorded with, or one that knows the secrets of this run: requests are compared without them. */
  readonly redaction: Redaction;
}

/**
 * An agent that does again what a cassette holds: the same outcome, the same changes of files.
 *
 * - the same request fits; of several, that of the same step and attempt, then of the same step, then the first;
 * - files are changed only when all of them are as they were when it was recorded (or already as they became);
 * - anything else is a failure REPLAY_MISS that names the nearest recorded request and shows what differs.
 */
export function createReplayAgent({ cassette, redaction }: ReplayOptions): Agent {
  const tape = openCassette(cassette);
  return {
    name: "replay",
    abilities,
    probe: async (signal) => {
      signal?.throwIfAborted();
      try {
        const entries = await tape.entries();
        return { available: true, version: `${entries.length} recorded tasks` };
      } catch (error) {
        const fix = isTuttiError(error) ? { fix: error.fix } : {};
        return { available: false, reason: messageOf(error), ...fix };
      }
    },
    run: async (task, context) => {
      context.signal.throwIfAborted();
      try {
        return await replay(tape, { task, context, redaction });
      } catch (error) {
        if (!isTuttiError(error) || context.signal.aborted) throw error;
        const { code, message, fix } = error;
        return { ok: false, failure: { code, message, fix, class: "permanent" }, usage: noUsage };
      }
    },
  };
}

/** Whatever was recorded was within the abilities of the agent that did it; what was not is a miss. */
const abilities: AgentAbilities = {
  streaming: false,
  resume: false,
  schema: "asked",
  cost: "reported",
  tools: true,
  permissions: "ask",
  files: true,
  mcp: true,
  skills: true,
  subagents: true,
  model: true,
  thinking: true,
};

const noUsage = { costUsd: 0, inputTokens: 0, outputTokens: 0 };

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly redaction: Redaction;
}

async function replay(tape: Cassette, { task, context, redaction }: Job): Promise<Outcome> {
  const request = recordedRequest(task, { cwd: context.cwd, redaction });
  const entries = await tape.entries();
  const entry = bestEntry(entries, { request, context });
  if (!entry) return miss(nearMiss(entries, request));
  if (entry.outside.length > 0)
    return miss(`the recorded work changed files outside the step's folder: ${entry.outside.join(", ")}`);
  if (entry.withheld.length > 0)
    return miss(
      `the recorded work changed files that hold a secret and were not kept: ${entry.withheld.join(", ")}`,
    );
  const planned = await planChanges(entry.files, context.cwd);
  if (typeof planned === "string") return miss(planned);
  context.signal.throwIfAborted();
  for (const change of planned) await applyChange(change, tape);
  return entry.outcome;
}

function bestEntry(
  entries: readonly Entry[],
  { request, context }: { readonly request: RecordedRequest; readonly context: TaskContext },
): Entry | undefined {
  const same = entries.filter((entry) => sameJson(entry.request, request));
  return (
    same.findLast((entry) => entry.address === context.address && entry.attempt === context.attempt) ??
    same.findLast((entry) => entry.address === context.address) ??
    same[0]
  );
}

function nearMiss(entries: readonly Entry[], request: RecordedRequest): string {
  const asked = requestLines(request);
  let nearest: { readonly entry: Entry; readonly score: number } | undefined;
  for (const entry of entries) {
    const score = likeness(requestLines(entry.request), asked);
    if (!nearest || score > nearest.score) nearest = { entry, score };
  }
  if (!nearest) return "the cassette is empty";
  const { entry } = nearest;
  const lines = differingLines({ before: requestLines(entry.request), after: asked });
  return `nothing recorded fits; nearest is "${entry.address}", attempt ${entry.attempt} (- recorded, + asked now):\n${lines.join("\n")}`;
}

function miss(what: string): Outcome {
  const failure: Failure = {
    code: "REPLAY_MISS",
    message: `Cannot replay this task: ${what}`,
    fix: "put the workflow and the files back as they were recorded, or record again",
    class: "permanent",
  };
  return { ok: false, failure, usage: noUsage };
}

interface Planned {
  readonly target: string;
  readonly change: FileChange;
}

/** All changes with their absolute paths, without those made already; or what stands in the way. */
async function planChanges(files: readonly FileChange[], cwd: string): Promise<readonly Planned[] | string> {
  const planned: Planned[] = [];
  for (const change of files) {
    const target = await pathInside(cwd, change.path);
    const now = await fileSignature(target);
    if (now === change.after) continue;
    if (change.after === "other") return `"${change.path}" became neither a file nor a link`;
    if (now !== change.before)
      return `"${change.path}" is ${describe(now)}, and was ${describe(change.before)} when it was recorded`;
    planned.push({ target, change });
  }
  return planned;
}

function describe(signature: string): string {
  if (signature === "") return "absent";
  return signature.startsWith("link:") ? `a link to ${signature.slice(5)}` : signature.slice(0, 21);
}

async function applyChange({ target, change }: Planned, tape: Cassette): Promise<void> {
  if (change.after === "") return rm(target, { force: true });
  await mkdir(dirname(target), { recursive: true });
  const passing = `${target}.tutti-replay`;
  await rm(passing, { force: true });
  if (change.after.startsWith("link:")) await symlink(change.after.slice("link:".length), passing);
  else if (change.blob !== undefined)
    await writeFile(passing, await tape.blob(change.blob), {
      mode: change.after.startsWith("x:") ? 0o755 : 0o644,
    });
  else return;
  await rename(passing, target);
}
