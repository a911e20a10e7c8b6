import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { TuttiError } from "../errors.ts";
import { isObject } from "../expression/json.ts";

export interface Pattern {
  readonly name: string;
  readonly description: string;
  /** Absolute. */
  readonly file: string;
}

/** The folder of the commands that come with tutti; `from` is the URL of the module that looks for it. */
export function libraryDir(from: string = import.meta.url): string {
  // This module's own folder (source, published library), the bundle's, and that of the bundle's chunks.
  const candidates = ["./library/", "./commands/library/", "../commands/library/"];
  const folders = candidates.map((candidate) => fileURLToPath(new URL(candidate, from)));
  const folder = folders.find(
    (each) => existsSync(join(each, "patterns")) && existsSync(join(each, "query.md")),
  );
  if (folder === undefined)
    throw new TuttiError(
      "FILE_NOT_FOUND",
      `Cannot find tutti's own commands near "${from}": the folder is gone`,
      {
        fix: "install tutti again",
      },
    );
  return folder.replace(/\/$/, "");
}

/** The ready workflows that come with tutti, by name. */
export function listPatterns(folder: string = libraryDir()): readonly Pattern[] {
  const files = readdirSync(join(folder, "patterns")).filter((name) => name.endsWith(".yaml"));
  return files.sort().map((base) => {
    const file = join(folder, "patterns", base);
    const workflow: unknown = parse(readFileSync(file, "utf8"));
    const { name, description } = isObject(workflow) ? workflow : {};
    return {
      name: typeof name === "string" ? name : base.replace(/\.yaml$/, ""),
      description: typeof description === "string" ? description : "",
      file,
    };
  });
}
