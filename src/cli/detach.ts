import { spawn } from "node:child_process";
import { TuttiError } from "../errors.ts";
import type { Context } from "./context.ts";
import { exitStatus } from "./exit-status.ts";

const mark = "TUTTI_DETACHED";

/** True in the process that `--detach` has started. */
export function isDetachedChild(): boolean {
  return process.env[mark] === "1" && process.send !== undefined;
}

/** Tells the process that was called with `--detach` which run was started; then it goes its own way. */
export function tellParent(runId: string): void {
  if (!isDetachedChild()) return;
  process.send?.({ runId }, () => process.disconnect());
}

/** Starts this command line again in the background; comes back as soon as its run has begun. */
export async function startDetached({ out, json, argv }: Context): Promise<number> {
  const [, program = ""] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, ...argv], {
    detached: true,
    env: { ...process.env, [mark]: "1" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const runId = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { readonly runId: string }).runId));
    child.once("error", reject);
    child.once("exit", (status) => reject(notStarted(status)));
  });
  child.removeAllListeners("exit");
  child.unref();
  if (json) out.json({ runId, pid: child.pid });
  else out.say(runId);
  out.note(`runs in the background · tutti watch ${runId} · tutti cancel ${runId}`);
  return exitStatus.done;
}

function notStarted(status: number | null): TuttiError {
  return new TuttiError(
    "INTERNAL",
    `Cannot start the run in the background: its process ended with status ${status ?? "unknown"}`,
    { fix: "run the same command without --detach to see why" },
  );
}
