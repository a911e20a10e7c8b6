import { join } from "node:path";
import { createProcesses } from "../src/processes/supervisor.ts";
import { createRealClock } from "../src/runtimes/real-clock.ts";
import { plainGit } from "../src/testing/scratch-repository.ts";
import { createGitWorkspaces } from "../src/workspace/git/workspaces.ts";

type Environment = Readonly<Record<string, string>>;

export type GitDriver = ReturnType<typeof createGitWorkspaces>;

/** The driver of a project, as one process has it. `env`: of git; `own`: of what trees are made ready with. */
export function gitDriver(
  projectDir: string,
  { env = plainGit, own = env }: { readonly env?: Environment; readonly own?: Environment } = {},
): GitDriver {
  return createGitWorkspaces({
    projectDir,
    stateDir: join(projectDir, ".tutti"),
    clock: createRealClock(),
    env,
    ready: {
      processes: createProcesses(),
      env: own,
      shell: (line) => ({ file: "/bin/sh", args: ["-c", line] }),
    },
  });
}
