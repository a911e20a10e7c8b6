import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../expression/json.ts";
import { globTest } from "../../../files/glob.ts";
import { timeBound } from "../../../shape/time-bound.ts";
import { placeToRead } from "./place.ts";
import { argumentsOf, capped, isBinary, textOf } from "./texts.ts";
import { type Site, type Tool, ToolFailed } from "./tool.ts";

const ignoredFolders = new Set([".git", ".tutti", "node_modules"]);
const maxFiles = 20_000;
const maxListed = 1000;
const maxFound = 200;
const maxSearchedBytes = 2 * 1024 * 1024;
const maxLineCharacters = 300;
/** A pattern can take exponential time: a file that takes longer is left out. */
const maxSearchMs = 1000;

const where = {
  files: { type: "string", description: "Glob of the files, such as src/**/*.ts; default: all." },
};

export const listTool: Tool = {
  name: "list_files",
  description: "Lists the files below the folder, sorted, without .git and node_modules.",
  inputSchema: argumentsOf(where, []),
  changes: false,
  label: (input) => `Glob(${textOf(input, "files") || "**"})`,
  use: async (input, site) => {
    const { paths, isWhole } = await filesIn(input, site);
    const more = paths.length - maxListed;
    const lines = paths.slice(0, maxListed);
    if (more > 0) lines.push(`(and ${more} more: narrow the glob)`);
    if (!isWhole) lines.push(`(only the first ${maxFiles} files were looked at)`);
    return lines.length === 0 ? "No files." : capped(lines.join("\n"));
  },
};

export const searchTool: Tool = {
  name: "search",
  description: "Searches the lines of text files for a regular expression (JavaScript's).",
  inputSchema: argumentsOf(
    { pattern: { type: "string", minLength: 1 }, ...where, ignore_case: { type: "boolean" } },
    ["pattern"],
  ),
  changes: false,
  label: (input) => `Grep(${textOf(input, "pattern")})`,
  use: async (input, site) => {
    const pattern = patternOf(input);
    const found: string[] = [];
    const { paths } = await filesIn(input, site);
    for (const path of paths) {
      site.signal.throwIfAborted();
      found.push(...(await linesIn(path, { pattern, site })));
      if (found.length > maxFound) break;
    }
    if (found.length === 0) return "Nothing found.";
    const lines = found.slice(0, maxFound);
    if (found.length > maxFound) lines.push(`(more than ${maxFound} lines: narrow the pattern or the files)`);
    return capped(lines.join("\n"));
  },
};

function patternOf(input: JsonObject): RegExp {
  try {
    return new RegExp(textOf(input, "pattern"), input["ignore_case"] === true ? "iu" : "u");
  } catch (error) {
    throw new ToolFailed(`The pattern is no regular expression: ${messageOf(error)}`);
  }
}

async function linesIn(
  path: string,
  { pattern, site }: { readonly pattern: RegExp; readonly site: Site },
): Promise<readonly string[]> {
  const file = await placeToRead(site.cwd, path).catch(() => undefined);
  const size = file === undefined ? undefined : (await stat(file)).size;
  if (file === undefined || size === undefined || size > maxSearchedBytes) return [];
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  if (isBinary(bytes)) return [];
  const lines = bytes.toString("utf8").split("\n");
  const fitting = timeBound(maxSearchMs, () =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1}: ${line.trimEnd().slice(0, maxLineCharacters)}`] : [],
    ),
  );
  if (!fitting) throw new ToolFailed(`The pattern takes too long in "${path}": make it simpler.`);
  return fitting.value;
}

/** Links are named and not followed. */
async function filesIn(
  input: JsonObject,
  { cwd, signal }: Site,
): Promise<{ readonly paths: string[]; readonly isWhole: boolean }> {
  const glob = textOf(input, "files").replace(/^\.\//, "");
  const fits = glob === "" || glob === "." ? () => true : globTest(glob);
  const paths: string[] = [];
  const folders = [cwd];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    signal.throwIfAborted();
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = relative(cwd, join(folder, entry.name)).replaceAll("\\", "/");
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) folders.push(join(folder, entry.name));
        continue;
      }
      seen += 1;
      if (seen > maxFiles) return { paths: paths.sort(), isWhole: false };
      if (fits(path)) paths.push(path);
    }
  }
  return { paths: paths.sort(), isWhole: true };
}
