import { exitStatus } from "./exit-status.ts";
import type { Out } from "./render/out.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface InterruptOptions {
  readonly out: Out;
  /** Stops the work in good order. */
  readonly stop: (reason: string) => void;
  /** Kills what was started, at once. */
  readonly kill: () => Promise<unknown>;
  /** Said last when it was killed: how to go on. */
  readonly hint?: string | undefined;
}

/** The first Ctrl-C stops the work and leaves the run resumable; the second kills it and exits. */
export function handleInterrupts({ out, stop, kill, hint }: InterruptOptions): () => void {
  let asked = false;
  const leave = (): never => {
    if (hint !== undefined) out.trouble(hint);
    process.exit(exitStatus.interrupted);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (!asked) {
      asked = true;
      stop(`interrupted (${signal})`);
      out.trouble("stopping what was started; press Ctrl-C again to kill it at once");
      return;
    }
    kill().then(leave, leave);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
