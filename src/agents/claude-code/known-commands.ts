import type { CommandCall } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import { parseLine, type CommandsMessage } from "./stream.ts";

/** Gives the lines the program prints for this input, without a model being asked. */
export type Ask = (input: string) => Promise<string>;

/**
 * The slash commands the program itself knows in a folder, by its `initialize` control request: about 0.4 s, no
 * model call. A list is trusted for a minute; a command that is not in it is looked for once more.
 */
export interface KnownCommands {
  /** Undefined: the program did not answer, so only its first message will tell. */
  find(command: CommandCall, where: Where): Promise<Known | undefined>;
  /** All it knows: commands, skills among them, and subagents. Undefined: the program did not answer. */
  list(cwd: string, ask: Ask): Promise<CommandsMessage | undefined>;
}

interface Where {
  readonly cwd: string;
  /** The user's own folder of settings and commands: `~/.claude`. */
  readonly userFolder: string;
  readonly ask: Ask;
}

/** `other`: the name stands for another file, because the user's own command hides the project's. */
type Known = "yes" | "no" | "other";

const trustMs = 60_000;
const initialize = `${JSON.stringify({
  type: "control_request",
  request_id: "tutti",
  request: { subtype: "initialize" },
})}\n`;

export function createKnownCommands({ clock }: { readonly clock: Clock }): KnownCommands {
  const lists = new Map<string, { readonly at: number; readonly list: CommandsMessage }>();

  async function listFor(cwd: string, ask: Ask): Promise<CommandsMessage | undefined> {
    const list = commandsIn(await ask(initialize));
    if (list) lists.set(cwd, { at: clock.now(), list });
    return list;
  }

  return {
    list: listFor,
    find: async (command, { cwd, userFolder, ask }) => {
      const kept = lists.get(cwd);
      if (kept && clock.now() - kept.at < trustMs) {
        const known = look(kept.list, { command, userFolder });
        if (known !== "no") return known;
      }
      const list = await listFor(cwd, ask);
      return list && look(list, { command, userFolder });
    },
  };
}

function commandsIn(stdout: string): CommandsMessage | undefined {
  for (const line of stdout.split("\n")) {
    const message = parseLine(line);
    if (message?.kind === "commands") return message;
  }
  return undefined;
}

function look(
  list: CommandsMessage,
  { command, userFolder }: { readonly command: CommandCall; readonly userFolder: string },
): Known {
  const found = list.commands.find((known) => known.name === command.name);
  if (!found) return "no";
  const ofUser = command.file.startsWith(`${userFolder}/`);
  if (found.description.endsWith("(user)") && !ofUser) return "other";
  if (found.description.endsWith("(project)") && ofUser) return "other";
  return "yes";
}
