import { shellCommand } from "../executors/run-shell.ts";
import type { Processes } from "../ports/processes.ts";
import type { StreamStore } from "../ports/stream-store.ts";
import { driveStream } from "../stream/drive.ts";
import type { Parts } from "../verbs/parts.ts";
import { allowedEnvironment } from "../verbs/project.ts";
import type { Settings } from "../verbs/settings.ts";

interface Given extends Pick<Parts, "stdin"> {
  readonly driveStream?: Parts["driveStream"];
  readonly onPipeline?: () => void;
}

interface Base {
  readonly processes: Processes;
  readonly settings: Settings;
  readonly state: { readonly streams: StreamStore };
  readonly memory: { readonly streams: StreamStore };
}

type PipelineParts = Pick<Parts, "streams" | "memoryStreams" | "driveStream" | "runLine" | "stdin">;

/** What pipelines are driven with. */
export function pipelineParts(
  { driveStream: given = driveStream, stdin, onPipeline }: Given,
  { processes, settings, state, memory }: Base,
): PipelineParts {
  return {
    streams: state.streams,
    memoryStreams: memory.streams,
    driveStream: (options) => {
      onPipeline?.();
      return given(options);
    },
    runLine: lineRunner(processes, settings),
    ...(stdin ? { stdin } : {}),
  };
}

/** All that the line prints is handed over as it comes, and nothing of it is kept. */
function lineRunner(processes: Processes, { env: allowed = [] }: Settings): Parts["runLine"] {
  return ({ line, values }, { cwd, signal, output, tell, env }) =>
    processes.run({
      ...shellCommand(line),
      cwd,
      env: { ...allowedEnvironment(process.env, allowed), ...env, ...values },
      signal,
      keepBytes: 0,
      onLine: (text, from) => void (from === "stderr" && tell(text)),
      spill: async (bytes) => {
        await output(bytes);
        return "";
      },
    });
}
