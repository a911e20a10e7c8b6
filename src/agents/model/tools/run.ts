import type { ProcessResult } from "../../../ports/processes.ts";
import { argumentsOf, capped, maxCharacters, textOf } from "./texts.ts";
import { type Tool, ToolFailed } from "./tool.ts";

const defaultTimeoutMs = 120_000;
const longestTimeoutMs = 3_600_000;

export const runTool: Tool = {
  name: "run",
  description:
    "Runs a shell line in the folder and gives what it prints. What it leaves in the background is stopped.",
  inputSchema: argumentsOf(
    {
      command: { type: "string", minLength: 1 },
      timeout_seconds: {
        type: "number",
        minimum: 1,
        maximum: longestTimeoutMs / 1000,
        description: "Default: 120.",
      },
    },
    ["command"],
  ),
  changes: true,
  label: (input) => `Bash(${textOf(input, "command")})`,
  use: async (input, { cwd, env, mark, signal, onLine, processes, shell }) => {
    const seconds = input["timeout_seconds"];
    const timeoutMs = typeof seconds === "number" ? seconds * 1000 : defaultTimeoutMs;
    const ended = await processes.run({
      ...shell(textOf(input, "command")),
      cwd,
      env: { ...env, ...mark },
      signal,
      timeoutMs,
      keepBytes: maxCharacters,
      onLine,
    });
    signal.throwIfAborted();
    return report(ended, timeoutMs);
  },
};

function report(ended: ProcessResult, timeoutMs: number): string {
  if (ended.ended === "error") throw new ToolFailed(`The line cannot be run: ${ended.error ?? "no shell"}`);
  const how =
    ended.ended === "timeout"
      ? `stopped after ${timeoutMs / 1000} s`
      : `exit code ${ended.exitCode ?? ended.signal ?? "unknown"}`;
  const parts = [`(${how})`, ended.stdout.trimEnd()];
  if (ended.stderr.trim() !== "") parts.push(`stderr:\n${ended.stderr.trimEnd()}`);
  return capped(parts.filter((part) => part !== "").join("\n"));
}
