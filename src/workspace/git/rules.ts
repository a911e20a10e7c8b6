import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Change } from "./changes.ts";
import { lineInput, type RawPath, zeroInput, zeroList } from "./paths.ts";
import { together } from "./together.ts";
import { callIn, type Tree } from "./tree.ts";

/** By other rules git writes others otherwise that were not touched. */
export function rulesChanged(changes: readonly Pick<Change, "path">[]): boolean {
  return changes.some(({ path }) => path === ".gitattributes" || path.endsWith("/.gitattributes"));
}

/** Files that are staged. */
export interface Ruled {
  readonly paths: readonly RawPath[];
  /** The rules are other than before: what git has of a file that was not touched since, it has by the old ones. */
  readonly rulesChanged?: boolean | undefined;
}

/** By path, the bytes of those that git would write back otherwise. */
export async function rawBlobs(
  tree: Tree,
  { paths, rulesChanged = false }: Ruled,
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, string>> {
  if (tree.repository.kind === "own" || paths.length === 0) return new Map();
  tree.hasRules ??= await hasRules(tree, signal);
  if (!tree.hasRules && !rulesChanged) return new Map();
  const rules = await rulesFor(tree, paths, signal);
  const meant = rulesChanged ? paths : paths.filter((path) => rules.has(path));
  if (meant.length === 0) return new Map();
  const call = { ...callIn(tree, signal), input: lineInput(meant) };
  const [raw, kept] = await together(
    tree.repository.git.run(["hash-object", "-w", "--no-filters", "--stdin-paths"], call),
    rulesChanged ? stagedIds(tree, signal) : keptIds(tree, meant, signal),
  );
  const rawIds = raw.stdout.toString("latin1").split("\n");
  return new Map(
    meant.flatMap((path, at): [RawPath, string][] => {
      const id = rawIds[at] ?? "";
      return id !== kept.get(path) || rules.get(path) === "writes" ? [[path, id]] : [];
    }),
  );
}

type Ids = ReadonlyMap<RawPath, string>;

/** What git keeps of files by the rules of now: that is what it has of them when it has just taken them in. */
async function keptIds(tree: Tree, paths: readonly RawPath[], signal: AbortSignal): Promise<Ids> {
  const call = { ...callIn(tree, signal), input: lineInput(paths) };
  const { stdout } = await tree.repository.git.run(["hash-object", "--stdin-paths"], call);
  const ids = stdout.toString("latin1").split("\n");
  return new Map(paths.map((path, at) => [path, ids[at] ?? ""]));
}

async function stagedIds(tree: Tree, signal: AbortSignal): Promise<Ids> {
  const { stdout } = await tree.repository.git.run(["ls-files", "--stage", "-z"], callIn(tree, signal));
  return new Map(
    zeroList(stdout).map((entry) => {
      const tab = entry.indexOf("\t");
      return [entry.slice(tab + 1), entry.slice(0, tab).split(" ")[1] ?? ""];
    }),
  );
}

/** `keeps`: git keeps other bytes than there are, perhaps. `writes`: it writes others than it keeps. */
type Rule = "keeps" | "writes";

const attributes = ["text", "crlf", "eol", "ident", "filter", "working-tree-encoding"];

async function rulesFor(
  tree: Tree,
  paths: readonly RawPath[],
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, Rule>> {
  const { git } = tree.repository;
  const crlf = await writesCrlf(tree, signal);
  const { stdout } = await git.run(["check-attr", "-z", "--stdin", ...attributes], {
    ...callIn(tree, signal),
    input: zeroInput(paths),
  });
  const parts = zeroList(stdout);
  const rules = new Map<RawPath, Rule>();
  const width = attributes.length * 3;
  for (let at = 0; at + width <= parts.length; at += width) {
    const said = new Map<string, string>();
    for (let next = at; next < at + width; next += 3) said.set(parts[next + 1] ?? "", parts[next + 2] ?? "");
    const rule = ruleOf(said, crlf);
    if (rule !== undefined) rules.set(parts[at] ?? "", rule);
  }
  return rules;
}

function ruleOf(said: ReadonlyMap<string, string>, writesCrlf: boolean): Rule | undefined {
  const has = (name: string): boolean => !["unspecified", "unset", undefined].includes(said.get(name));
  // What a filter of large files keeps elsewhere is not kept here once more.
  if (has("filter") && said.get("filter") !== "lfs") return "writes";
  if (["ident", "working-tree-encoding"].some(has)) return "writes";
  if (["text", "crlf"].some((name) => said.get(name) === "unset")) return undefined;
  if (writesCrlf || said.get("eol") === "crlf") return "writes";
  return ["text", "crlf", "eol"].some(has) ? "keeps" : undefined;
}

/** Looks at every place that rules come from; a file of them that comes later is among what was touched then. */
async function hasRules(tree: Tree, signal: AbortSignal): Promise<boolean> {
  const { git, commonDir } = tree.repository;
  const home = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  const files = [join(commonDir, "info/attributes"), join(home, "git/attributes"), "/etc/gitattributes"];
  if (files.some(existsSync) || (await writesCrlf(tree, signal))) return true;
  const named = await git.run(["config", "--get", "core.attributesFile"], { signal, ok: [0, 1] });
  if (named.exitCode === 0) return true;
  const inTree = ["ls-files", "-z", "--", ":(top,glob)**/.gitattributes"];
  return (await git.run(inTree, callIn(tree, signal))).stdout.length > 0;
}

/** Whether the settings make git write other line ends than it keeps. */
async function writesCrlf(tree: Tree, signal: AbortSignal): Promise<boolean> {
  tree.lineEnds ??= await (async () => {
    const names = String.raw`^core\.(autocrlf|eol)$`;
    const call = { signal, ok: [0, 1] };
    const found = await tree.repository.git.run(["config", "--get-regexp", names], call);
    return /^core\.(autocrlf (true|yes|on|1|input)|eol crlf)$/im.test(found.stdout.toString("utf8"));
  })();
  return tree.lineEnds;
}
