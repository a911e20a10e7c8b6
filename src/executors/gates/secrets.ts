import { lstat, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { changesOf, changesUnknown } from "./changes.ts";
import { counted, held, listed, notHeld, notKnown } from "./evidence.ts";
import { anyGlob } from "../../files/glob.ts";
import { type Finding, scanFile } from "./secret-scan.ts";
import { plainText } from "../failed.ts";
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { regexOf } from "../../expression/cel.ts";
import type { CheckOf, GateChecker, GateContext } from "../../ports/gate-checker.ts";

/** Most findings that are told, of one file and of all. */
const maxInFile = 20;
const maxFindings = 100;
const maxFiles = 20_000;
const maxBytes = 1024 * 1024 * 1024;
/** Nobody's own work lies there. */
const ignoredFolders = new Set([".git", ".tutti", "node_modules"]);

/**
 * A gate that looks for keys, tokens and passwords, in what the step changed or in the files that fit globs. It does not
 * hold when it cannot look at all of it. What it finds is masked.
 */
export function createSecretsGate(): GateChecker<CheckOf<"secrets">> {
  return {
    kind: "secrets",
    async check({ in: where, allow }, context) {
      const paths = where === "changed" ? await changedPaths(context) : await pathsIn(context, where);
      if ("problem" in paths) {
        return notKnown(paths.problem, paths.fix, paths.undecided ? { undecided: true } : {});
      }
      const allowed = allow.map((pattern) => regexOf(pattern));
      const isAllowed = (text: string): boolean => allowed.some((pattern) => pattern.test(text));
      return scanAll(paths.paths, { context, isAllowed });
    },
  };
}

type Paths =
  | { readonly paths: readonly string[] }
  | { readonly problem: string; readonly fix: string; readonly undecided?: true };

async function changedPaths(context: GateContext): Promise<Paths> {
  const changes = await changesOf(context);
  if (!changes) return { problem: changesUnknown.what, fix: changesUnknown.fix, undecided: true };
  return { paths: changes.filter(({ what }) => what !== "deleted").map(({ path }) => path) };
}

/** Files that fit; links are not followed, and what they lead to is not looked at. */
async function pathsIn({ cwd, signal }: GateContext, globs: readonly string[]): Promise<Paths> {
  const fits = anyGlob(globs);
  const found: string[] = [];
  const open = [cwd];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    signal.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true }).catch(messageOf);
    if (typeof entries === "string") return { problem: entries, fix: "make the folder readable" };
    for (const entry of entries) {
      const place = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) open.push(place);
        continue;
      }
      const path = relative(cwd, place).replaceAll(sep, "/");
      if (entry.isFile() && fits(path)) found.push(path);
    }
    if (found.length > maxFiles)
      return { problem: `more than ${maxFiles} files fit "${globs.join('", "')}"`, fix: "name fewer" };
  }
  const none = { problem: `no file fits "${globs.join('", "')}"`, fix: "name files that there are" };
  return found.length === 0 ? none : { paths: found.sort() };
}

interface Scan {
  readonly context: GateContext;
  readonly isAllowed: (text: string) => boolean;
}

async function scanAll(paths: readonly string[], { context, isAllowed }: Scan): Promise<Outcome> {
  const { cwd, signal } = context;
  const findings: Finding[] = [];
  let bytes = 0;
  let files = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const place = join(cwd, path);
    try {
      const stat = await lstat(place);
      if (!stat.isFile()) continue;
      files += 1;
      bytes += stat.size;
      if (bytes > maxBytes)
        return notKnown(`there is more to look at than ${maxBytes} bytes`, "name fewer files");
      findings.push(...(await scanFile({ path, place }, { isAllowed, signal, most: maxInFile })));
    } catch (error) {
      signal.throwIfAborted();
      return notKnown(
        `"${plainText(path)}" cannot be read: ${messageOf(error)}`,
        "make it readable, or leave it out",
      );
    }
  }
  return outcomeOf(findings, { files, bytes });
}

function outcomeOf(
  findings: readonly Finding[],
  { files, bytes }: { readonly files: number; readonly bytes: number },
): Outcome {
  const where = `in ${counted(files, "file")} of ${counted(bytes, "byte")}`;
  const facts = { files, bytes };
  if (findings.length === 0) return held({ summary: `nothing that looks like a secret ${where}`, ...facts });
  const lines = findings.map(({ path, line, what, masked }) => `${path}:${line}: ${what}: ${masked}`);
  return notHeld({
    summary: `${counted(findings.length, "place")} ${findings.length === 1 ? "looks" : "look"} like a secret ${where}: ${firstOf(findings)}`,
    ...facts,
    findings: findings.slice(0, maxFindings).map((finding) => ({ ...finding })),
    output: plainText(
      `${listed(lines, maxFindings)}\nTake them out, and read them from the environment instead; what is no secret can be excused with \`allow\`.`,
    ),
  });
}

function firstOf([first, ...others]: readonly Finding[]): string {
  const place = first ? plainText(`${first.path}:${first.line}`) : "";
  return others.length === 0 ? place : `${place} and ${others.length} more`;
}
