import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { excerpt, failed } from "../failed.ts";
import { runShell } from "../run-shell.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";

type RunRequest = Extract<Request, { readonly kind: "run" }>;

/** Does `run:` steps: a shell line in the step's directory or one inside it. */
export function createShellExecutor({ processes }: { readonly processes: Processes }): Executor<RunRequest> {
  return {
    kind: "run",
    async execute(request, context): Promise<Outcome> {
      context.signal.throwIfAborted();
      const place = await placeOf(request, context);
      if ("code" in place) return failed(place);
      const { feedback, stdin } = request;
      const given = {
        ...(feedback === undefined ? {} : { feedback }),
        ...(stdin === undefined ? {} : { stdin }),
      };
      return runShell(request.shell, context, { processes, cwd: place.cwd, ...given });
    },
  };
}

/** The directory to run in, symbolic links followed; it must not leave the step's own. */
async function placeOf(
  { cwd }: RunRequest,
  context: TaskContext,
): Promise<{ readonly cwd: string } | Failure> {
  if (cwd === undefined) return { cwd: context.cwd };
  try {
    const root = await realpath(context.cwd);
    const wanted = await realpath(resolve(root, cwd));
    return isInside(root, wanted) ? { cwd: wanted } : unusable(cwd, "it lies outside the step's directory");
  } catch {
    return unusable(cwd, "there is no such directory");
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

function unusable(cwd: string, what: string): Failure {
  return {
    code: "BAD_VALUE",
    message: `Cannot run in "${excerpt(cwd)}": ${what}`,
    fix: "name an existing directory inside the workspace",
    class: "permanent",
  };
}
