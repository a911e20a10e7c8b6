import { relative, resolve } from "node:path";
import { TuttiError } from "../errors.ts";
import { globTest } from "../files/glob.ts";
import { readAgain } from "../language/checks/read-again.ts";
import type { Pipeline } from "./host.ts";

/** Throws when a sink would write to files that the source reads. Links are not followed. */
export function requireApart(
  { source, sinks, continuous }: Pick<Pipeline, "source" | "sinks" | "continuous">,
  cwd: string,
): void {
  const paths = source.kind === "records" || source.kind === "files" ? source.paths : [];
  for (const sink of sinks) {
    if (sink.kind === "files") {
      const again = readAgain(sink.path, { source, continuous, cwd });
      if (again !== undefined) throw readItself(sink.path, again);
    }
    if (sink.kind !== "records") continue;
    const place = resolve(cwd, sink.path);
    const read = paths.find((path) => reads(path, { place, cwd }));
    if (read !== undefined) {
      throw new TuttiError(
        "BAD_VALUE",
        `Cannot write "${sink.path}": the pipeline reads from it ("${read}")`,
        { fix: "write to a path that the source does not name" },
      );
    }
  }
}

function readItself(path: string, read: string): TuttiError {
  return new TuttiError(
    "BAD_VALUE",
    `Cannot write files to "${path}": the pipeline reads such files itself ("${read}")`,
    { fix: "write to a folder that the source does not read" },
  );
}

function reads(path: string, { place, cwd }: { readonly place: string; readonly cwd: string }): boolean {
  if (resolve(cwd, path) === place) return true;
  if (!/[*?[{]/.test(path)) return false;
  return globTest(path)(path.startsWith("/") ? place : relative(cwd, place));
}
