import { existsSync } from "node:fs";
import type { Notice, Notifier } from "../ports/notifier.ts";
import type { Processes } from "../ports/processes.ts";
import { bodyOf, notifyFailed, titleOf } from "./words.ts";

export interface CommandOptions {
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A shell line; it gets the notice as environment (`TUTTI_ASK_…`), and as JSON on standard input. */
export function createCommandNotifier({ processes, env, cwd }: CommandOptions): Notifier {
  return {
    kind: "command",
    async notify(notice, to) {
      const result = await processes.run({
        file: existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh",
        args: ["-c", to],
        cwd,
        env: { ...env, ...variablesOf(notice) },
        input: `${JSON.stringify(notice)}\n`,
        signal: AbortSignal.timeout(50_000),
        timeoutMs: 30_000,
        keepBytes: 2000,
      });
      if (result.exitCode === 0) return;
      const status =
        result.ended === "exit" ? `exit status ${result.exitCode ?? "?"}` : `ended by ${result.ended}`;
      const said = result.stderr.trim();
      const why = result.error ?? (said === "" ? status : `${status}: ${said}`);
      throw notifyFailed("command", why, "try the line of `notify: {command: …}` in a shell");
    },
  };
}

function variablesOf(notice: Notice): Record<string, string> {
  const { id, runId, runName, address, kind, text, level, by, report } = notice;
  const values = {
    ID: id,
    RUN: runId,
    WORKFLOW: runName,
    NODE: address,
    KIND: kind,
    TEXT: text,
    LEVEL: String(level),
    BY: by.join(","),
    TITLE: titleOf(notice),
    BODY: bodyOf(notice),
    REPORT: report ?? "",
  };
  // no variable holds a NUL, and Linux takes none beyond 128 KiB
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `TUTTI_ASK_${name}`,
      value.replaceAll("\0", "").slice(0, 30_000),
    ]),
  );
}
