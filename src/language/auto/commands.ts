import type { Role } from "../../task/words.ts";

/** What a command is needed for. */
export type Part = Role | "divide" | "integrate";

/** A command that can be used here. */
export interface Available {
  /** Without the slash. */
  readonly name: string;
  readonly origin: string;
  /** How many arguments it cannot be called without. */
  readonly required: number;
}

export interface Picked {
  readonly part: Part;
  /** With its slash. */
  readonly command: string;
  readonly origin: string;
}

/** Names that commands for a part go by, best first; the first of them is tutti's own. */
const names: Readonly<Record<Part, readonly string[]>> = {
  research: words("query research investigate explore analyze analyse"),
  plan: words("feature plan design spec prd"),
  work: words("task implement build develop code fix"),
  check: words("validate verify check review qa"),
  write: words("docs document documentation doc write-docs"),
  setup: words("init setup bootstrap scaffold"),
  release: words("protocol release deploy ship publish"),
  divide: words("swarm divide breakdown split"),
  integrate: words("session integrate merge combine"),
};

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** Nearest first: the project's own commands come before tutti's. */
const origins = words("project path user plugin builtin");

/**
 * The command for each part: of the nearest place that has one by any of its names, the one with the best. Commands
 * in folders, and those that ask for more than one argument, are not taken by themselves.
 */
export function pickCommands(available: readonly Available[]): ReadonlyMap<Part, Picked> {
  const usable = available.filter(({ name, required }) => !name.includes(":") && required <= 1);
  const parts = Object.keys(names) as Part[];
  return new Map(parts.map((part) => [part, pick(part, usable)]));
}

function pick(part: Part, usable: readonly Available[]): Picked {
  for (const origin of origins) {
    for (const name of names[part]) {
      if (usable.some((one) => one.origin === origin && one.name === name))
        return { part, command: `/${name}`, origin };
    }
  }
  return { part, command: `/${names[part][0] ?? part}`, origin: "builtin" };
}
