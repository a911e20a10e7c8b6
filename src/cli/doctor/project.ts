import { constants, existsSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { isTuttiError, messageOf, type TuttiError } from "../../errors.ts";
import type { AgentAbilities } from "../../ports/agent.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import type { Context } from "../context.ts";
import { countText, dateTimeText } from "../render/words.ts";
import type { Check } from "./check.ts";
import { treeChecks } from "./trees.ts";

/** The state folder, the database, the settings, the agents and the commands of the project. */
export async function projectChecks(context: Context): Promise<readonly Check[]> {
  let tutti: Tutti;
  try {
    tutti = await context.open();
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return [{ name: nameOf(error), result: "fail", found: error.message, fix: error.fix }];
  }
  return [
    settingsCheck(tutti),
    await folderCheck(tutti),
    await databaseCheck(tutti),
    await commandsCheck(tutti),
    ...(await agentChecks(tutti)),
    ...(await breakerChecks(tutti)),
    ...(await treeChecks(tutti)),
  ];
}

/** A file with mistakes has kept tutti from being opened. */
function settingsCheck({ projectDir }: Tutti): Check {
  const file = join(projectDir, "tutti.yaml");
  return {
    name: "settings",
    result: "ok",
    found: existsSync(file) ? file : `no tutti.yaml in ${projectDir}`,
  };
}

function nameOf({ code }: TuttiError): string {
  return code === "SETTINGS_INVALID" ? "settings" : "state";
}

async function folderCheck({ stateDir, projectDir }: Tutti): Promise<Check> {
  const name = "state folder";
  try {
    const { mode } = await stat(stateDir);
    await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
    if ((mode & 0o077) === 0) return { name, result: "ok", found: `${stateDir}, only yours` };
    return { name, result: "warn", found: `${stateDir}, others can read it`, fix: `chmod 700 ${stateDir}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absentFolder(stateDir, projectDir);
    return { name, result: "fail", found: messageOf(error), fix: `make ${stateDir} yours: chown, chmod 700` };
  }
}

async function absentFolder(stateDir: string, projectDir: string): Promise<Check> {
  const name = "state folder";
  try {
    await access(projectDir, constants.W_OK);
    return { name, result: "ok", found: `none yet; the first run makes ${stateDir}` };
  } catch {
    return {
      name,
      result: "fail",
      found: `${projectDir} cannot be written`,
      fix: "use --home DIR or TUTTI_HOME",
    };
  }
}

async function databaseCheck(tutti: Tutti): Promise<Check> {
  const name = "database";
  try {
    await stat(join(tutti.stateDir, "tutti.db"));
  } catch {
    return { name, result: "ok", found: "none yet" };
  }
  try {
    const { runs, findings } = await tutti.audit();
    const found = `${countText(runs, "run")}, ${countText(findings.length, "finding")}`;
    if (findings.length === 0) return { name, result: "ok", found: `${countText(runs, "run")}, all sound` };
    const lost = findings.some((each) => each.source === "run" || each.finding.severity === "error");
    return { name, result: lost ? "fail" : "warn", found, fix: "tutti audit, then tutti audit --repair" };
  } catch (error) {
    return {
      name,
      result: "fail",
      found: messageOf(error),
      fix: isTuttiError(error) ? error.fix : "tutti audit",
    };
  }
}

async function commandsCheck({ commands }: Tutti): Promise<Check> {
  const all = await commands.list();
  const repaired = all.filter((doc) => doc.problems.length > 0).length;
  const found = countText(all.length, "command, agent or skill", "commands, agents and skills");
  if (repaired === 0) return { name: "commands", result: "ok", found };
  return {
    name: "commands",
    result: "warn",
    found: `${found}, ${repaired} with a warning`,
    fix: "see: tutti commands",
  };
}

async function agentChecks(tutti: Tutti): Promise<readonly Check[]> {
  const agents = await tutti.agents();
  return agents.map(({ name, available, version, reason, fix }): Check => {
    const abilities = tutti.abilities[name];
    const common = { name: `agent ${name}`, ...(abilities ? { abilities } : {}) };
    return available
      ? { ...common, result: "ok", found: `${version ?? "found"}${abilities ? missingText(abilities) : ""}` }
      : {
          ...common,
          result: "warn",
          found: reason ?? "not found",
          fix: fix ?? "install it, or use --agent mock",
        };
  });
}

/** What a step may not ask of it, by the keys of the language. */
function missingText(abilities: AgentAbilities): string {
  const missing = keysOfAbility.filter(([, ability]) => lacks(abilities, ability)).map(([key]) => key);
  return missing.length === 0 ? "" : `; not: ${missing.join(", ")}`;
}

const keysOfAbility: readonly (readonly [string, keyof AgentAbilities])[] = [
  ["output", "schema"],
  ["tools", "tools"],
  ["writes", "files"],
  ["mcp_servers", "mcp"],
  ["skills", "skills"],
  ["subagents", "subagents"],
  ["permissions: ask", "permissions"],
  ["model", "model"],
  ["thinking", "thinking"],
];

function lacks(abilities: AgentAbilities, ability: keyof AgentAbilities): boolean {
  const value = abilities[ability];
  return ability === "permissions" ? value !== "ask" : value === false || value === "none";
}

/** What holds work up for now. */
async function breakerChecks(tutti: Tutti): Promise<readonly Check[]> {
  const open = await tutti.breakers();
  return open.map(({ key, state, until, failures, message }): Check => {
    const isQuota = key.startsWith("quota ");
    const when = until === undefined ? "half-open" : `${state} until ${dateTimeText(until)}`;
    return {
      name: isQuota ? key : "circuit breaker",
      result: "warn",
      found: isQuota
        ? `used up until ${dateTimeText(until ?? 0)}: ${message}`
        : `${key}: ${when}, ${countText(failures, "failure")} in a row: ${message}`,
      fix: "it goes on by itself; to try again at once: tutti doctor --reset-breakers",
    };
  });
}
