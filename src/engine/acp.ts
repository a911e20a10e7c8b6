import { join } from "node:path";
import { createAcpAgent } from "../agents/acp/acp.ts";
import { builtIn, declaredEntry } from "../agents/acp/entries.ts";
import type { AcpEntry } from "../agents/acp/entry.ts";
import { TuttiError } from "../errors.ts";
import type { Agent } from "../ports/agent.ts";
import type { Clock } from "../ports/clock.ts";
import type { Processes } from "../ports/processes.ts";
import type { AcpSettings } from "../verbs/agent-settings.ts";
import { allowedEnvironment } from "../verbs/project.ts";
import type { Settings } from "../verbs/settings.ts";

export interface AcpParts {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly clock: Clock;
  /** Absent: nothing is written. */
  readonly stateDir?: string;
}

/** The agents of the Agent Client Protocol: those that tutti knows, and those of the project's settings. */
export function acpAgents({ settings, stateDir, ...parts }: AcpParts): readonly Agent[] {
  const said = Object.entries(settings.agents ?? {}).flatMap(([name, { acp }]) =>
    acp ? [entryOf(name, acp)] : [],
  );
  const entries = new Map([...builtIn, ...said].map((entry) => [entry.name, entry]));
  return [...entries.values()].map((entry) =>
    createAcpAgent({
      ...parts,
      entry,
      environment: process.env,
      stepEnvironment: allowedEnvironment(process.env, settings.env ?? []),
      ...(stateDir === undefined ? {} : { dir: join(stateDir, "acp") }),
    }),
  );
}

function entryOf(name: string, said: AcpSettings): AcpEntry {
  const entry = declaredEntry(name, said);
  if (entry) return entry;
  throw new TuttiError(
    "SETTINGS_INVALID",
    `Cannot read the settings "tutti.yaml": agents.${name}.acp: it says no command`,
    {
      fix: `name the program: \`command: …\`; only ${builtIn.map((one) => one.name).join(", ")} have one already`,
    },
  );
}
