import { createClaudeCodeAgent } from "../agents/claude-code/claude-code.ts";
import { providerEnvironment } from "../agents/claude-code/environment.ts";
import type { Agent } from "../ports/agent.ts";
import type { Clock } from "../ports/clock.ts";
import type { Processes } from "../ports/processes.ts";
import type { Settings } from "../verbs/settings.ts";

/** The user's own Claude Code, as the project's settings want it. */
export function claudeCodeAgent({
  settings,
  clock,
  processes,
}: {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly processes: Processes;
}): Agent {
  const { program, permission_mode, setting_sources, args } = settings.claude_code ?? {};
  return createClaudeCodeAgent({
    processes,
    clock,
    provider: providerEnvironment(process.env),
    ...(program === undefined ? {} : { file: program }),
    ...(permission_mode === undefined ? {} : { permissionMode: permission_mode }),
    ...(setting_sources === undefined ? {} : { settingSources: setting_sources }),
    ...(args === undefined ? {} : { extraArgs: args }),
  });
}
