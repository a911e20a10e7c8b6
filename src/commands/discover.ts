import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isObject } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";
import type { Identity } from "./parse.ts";
import { isSkillFile, realOrNone } from "./read.ts";
import { walkMarkdown } from "./walk.ts";
import type { Found } from "./walk.ts";

export interface Places {
  readonly projectDir: string;
  readonly userDir: string;
  readonly pluginDirs: readonly string[];
  readonly libraryDir: string;
}

/** A file of a command, agent or skill. `scope` orders the places: 0 is nearest to the project. */
export interface FoundCommand extends Identity {
  readonly scope: number;
}

interface Scope {
  readonly origin: FoundCommand["origin"];
  /** What stands before every name: the plugin's. */
  readonly prefix: readonly string[];
  readonly commands: string;
  readonly agents?: string;
  readonly skills?: string;
}

/**
 * Every command, agent and skill file that can be used, nearest place first: the project's folders from `projectDir` up
 * to its repository's root, the user's home, the plugins in their order, tutti's library.
 */
export async function discover(places: Places): Promise<readonly FoundCommand[]> {
  const scopes = await scopesOf(places);
  const found = await Promise.all(scopes.map((scope, index) => discoverScope(scope, index)));
  return found.flat();
}

async function scopesOf(places: Places): Promise<Scope[]> {
  const projects = await projectFolders(places.projectDir, places.userDir);
  const plugins = await Promise.all(places.pluginDirs.map(pluginScope));
  return [
    ...projects.map((folder) => claudeScope("project", folder)),
    claudeScope("user", places.userDir),
    ...plugins,
    { origin: "builtin", prefix: [], commands: places.libraryDir },
  ];
}

function claudeScope(origin: "project" | "user", folder: string): Scope {
  const claude = join(folder, ".claude");
  return {
    origin,
    prefix: [],
    commands: join(claude, "commands"),
    agents: join(claude, "agents"),
    skills: join(claude, "skills"),
  };
}

async function pluginScope(folder: string): Promise<Scope> {
  return {
    origin: "plugin",
    prefix: [await pluginName(folder)],
    commands: join(folder, "commands"),
    agents: join(folder, "agents"),
    skills: join(folder, "skills"),
  };
}

async function pluginName(folder: string): Promise<string> {
  const fallback = basename(resolve(folder));
  try {
    const manifest = JSON.parse(
      await readFile(join(folder, ".claude-plugin", "plugin.json"), "utf8"),
    ) as Json;
    const name = isObject(manifest) ? manifest.name : undefined;
    return typeof name === "string" && /^[\w.-]+$/.test(name) ? name : fallback;
  } catch {
    return fallback;
  }
}

/** The repository's root that holds a folder, or the folder itself. */
export async function repositoryRoot(folder: string): Promise<string> {
  const start = resolve(folder);
  for (let current = start; ; current = dirname(current)) {
    if (await exists(join(current, ".git"))) return current;
    if (dirname(current) === current) return start;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** From the project's folder up to its repository's root; the user's home has its own place. */
async function projectFolders(projectDir: string, userDir: string): Promise<string[]> {
  const root = await repositoryRoot(projectDir);
  const home = await realOrNone(userDir);
  const folders: string[] = [];
  for (let current = resolve(projectDir); ; current = dirname(current)) {
    if ((await realOrNone(current)) !== home) folders.push(current);
    if (current === root || dirname(current) === current) return folders;
  }
}

async function discoverScope(scope: Scope, index: number): Promise<FoundCommand[]> {
  const about = { scope: index, origin: scope.origin };
  const commands = await walkMarkdown(scope.commands);
  const agents = scope.agents === undefined ? [] : await walkMarkdown(scope.agents);
  const skills = scope.skills === undefined ? [] : await walkMarkdown(scope.skills, 1);
  return [
    ...commands
      .filter(isCommand)
      .map((found) => ({ ...about, ...named(found, scope), kind: "command" as const })),
    ...agents
      .filter(isCommand)
      .map((found) => ({ ...about, ...named(found, scope), kind: "agent" as const })),
    ...skills.filter(isSkill).map((found) => ({ ...about, ...skillOf(found, scope) })),
  ];
}

function isCommand(found: Found): boolean {
  return !/^(?:readme|index)\.md$/i.test(found.base) && found.base !== "CLAUDE.md";
}

function isSkill(found: Found): boolean {
  return isSkillFile(found.base) && found.folders.length === 1;
}

function named(found: Found, scope: Scope): Pick<Identity, "name" | "class" | "file"> {
  const parts = [...scope.prefix, ...found.folders, found.base.slice(0, -".md".length)];
  const inFolder = found.family ? "family" : "workflow";
  return {
    name: parts.join(":").normalize("NFC"),
    class: found.folders.length === 0 ? "core" : inFolder,
    file: found.file,
  };
}

function skillOf(found: Found, scope: Scope): Pick<Identity, "name" | "class" | "file" | "kind"> {
  const name = [...scope.prefix, ...found.folders].join(":").normalize("NFC");
  return { name, kind: "skill", class: "core", file: found.file };
}
