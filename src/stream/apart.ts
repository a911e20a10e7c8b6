import { relative, resolve } from "node:path";
import { TuttiError } from "../errors.ts";
import { globTest } from "../files/glob.ts";
import type { Pipeline } from "./host.ts";

/** Throws when a sink would write to a file that the source reads. Links are not followed. */
export function requireApart({ source, sinks }: Pick<Pipeline, "source" | "sinks">, cwd: string): void {
  const paths = source.kind === "records" || source.kind === "files" ? source.paths : [];
  for (const sink of sinks) {
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

function reads(path: string, { place, cwd }: { readonly place: string; readonly cwd: string }): boolean {
  if (resolve(cwd, path) === place) return true;
  if (!/[*?[{]/.test(path)) return false;
  return globTest(path)(path.startsWith("/") ? place : relative(cwd, place));
}
