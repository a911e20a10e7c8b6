import { type Change, changesOf, changesUnknown, leadsOut } from "./changes.ts";
import { counted, held, listed, notHeld, notKnown } from "./evidence.ts";
import { anyGlob, globTest } from "../../files/glob.ts";
import { plainText } from "../failed.ts";
import type { FileLimits } from "../../language/gate.ts";
import type { CheckOf, GateChecker } from "../../ports/gate-checker.ts";

/** Most paths that are named. */
const maxPaths = 100;

/**
 * A gate on which files a step changed. A path outside the working directory, or a link that leads out of it, is always
 * forbidden.
 */
export function createFilesGate(): GateChecker<CheckOf<"files">> {
  return {
    kind: "files",
    async check({ kind: _, ...limits }, context) {
      const changes = await changesOf(context);
      if (!changes)
        return notKnown(changesUnknown.what, changesUnknown.fix, { undecided: true, limits: { ...limits } });
      const outside: string[] = [];
      for (const { path } of changes) if (await leadsOut(context.cwd, path)) outside.push(path);
      const broken = brokenLimits(changes, { limits, outside: new Set(outside) });
      const facts = {
        changed: changes.length,
        created: created(changes).length,
        limits: { ...limits },
        paths: changes.slice(0, maxPaths).map(({ path, what }) => `${what} ${path}`),
      };
      const isForbidden = anyGlob(limits.forbid ?? []);
      const forbidden = changes.map(({ path }) => path).filter((path) => isForbidden(path));
      const measured = `${counted(changes.length, "file")} changed, ${facts.created} of them created`;
      if (broken.length === 0) return held({ summary: measured, ...facts });
      return notHeld({
        summary: `${broken.map(({ what }) => what).join("; ")} (${measured})`,
        ...facts,
        ...(forbidden.length > 0 ? { forbidden: forbidden.slice(0, maxPaths) } : {}),
        output: plainText(broken.map(brokenText).join("\n")),
      });
    },
  };
}

interface Broken {
  readonly what: string;
  readonly paths: readonly string[];
}

function brokenText({ what, paths }: Broken): string {
  return paths.length === 0 ? what : `${what}:\n${listed(paths, maxPaths)}`;
}

interface Limiting {
  readonly limits: FileLimits;
  readonly outside: ReadonlySet<string>;
}

function brokenLimits(changes: readonly Change[], { limits, outside }: Limiting): readonly Broken[] {
  const all = changes.map(({ path }) => path);
  const there = changes.filter(({ what }) => what !== "deleted").map(({ path }) => path);
  const { allow, forbid = [], require = [] } = limits;
  const isAllowed = anyGlob(allow ?? ["**"]);
  const isForbidden = anyGlob(forbid);
  return [
    tooMany("changed", all, limits.changed),
    tooMany("created", created(changes), limits.created),
    some("outside the working directory", [...outside]),
    some(
      "not among the files allowed",
      all.filter((path) => !outside.has(path) && !isAllowed(path)),
    ),
    some(
      "forbidden",
      all.filter((path) => isForbidden(path)),
    ),
    ...require.map((glob) => missing(glob, there)),
  ].filter((broken) => broken !== undefined);
}

function created(changes: readonly Change[]): readonly string[] {
  return changes.filter(({ what }) => what === "created").map(({ path }) => path);
}

function tooMany(what: string, paths: readonly string[], most: number | undefined): Broken | undefined {
  if (most === undefined || paths.length <= most) return undefined;
  return { what: `${counted(paths.length, "file")} ${what}, at most ${most} allowed`, paths };
}

function some(what: string, paths: readonly string[]): Broken | undefined {
  return paths.length === 0 ? undefined : { what: `${counted(paths.length, "file")} ${what}`, paths };
}

function missing(glob: string, paths: readonly string[]): Broken | undefined {
  const fits = globTest(glob);
  return paths.some(fits) ? undefined : { what: `no file created or changed that fits "${glob}"`, paths: [] };
}
