import { globFault } from "../checks/globs.ts";
import type { Spot } from "../places.ts";
import { type Loading, shown } from "./loading.ts";

interface WrittenPath {
  readonly value: string;
  readonly spot: Spot;
}

/** Reports a path that no file can have, as far as it is written out. */
export function checkPipelineFile(
  { report }: Loading,
  { value, spot }: WrittenPath,
  { what, glob = false }: { readonly what: "read" | "write"; readonly glob?: boolean },
): void {
  const fault = faultOf(value, glob) ?? (what === "write" ? outside(value) : undefined);
  if (fault === undefined) return;
  const message = `Cannot ${what} "${shown(value)}": ${fault}`;
  report.add({ code: "BAD_VALUE", message, fix: "write a path such as data/in.jsonl", at: spot });
}

/** Where a template begins nothing more is known. */
function outside(path: string): string | undefined {
  const [head = ""] = path.split("${");
  let depth = 0;
  for (const part of head.startsWith("/") ? [] : head.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "." && part !== "") depth += 1;
    if (depth < 0) return "it lies outside the project's folder, and is not absolute";
  }
  return undefined;
}

function faultOf(value: string, glob: boolean): string | undefined {
  if (value.includes("${")) return undefined;
  if (value.includes("\0")) return "a path has no NUL";
  if (value.endsWith("/")) return "it is a folder";
  if (/^[a-z][\w+.-]+:\/\//i.test(value)) return "it is a URL, and not a path";
  const wild = /[*?[\]{}]/.test(value);
  if (wild && !glob) return "one file is written, and this is a glob";
  // what comes before the glob may lie anywhere
  return wild ? globFault(value.replace(/^(?:\.{0,2}\/)+/, "")) : undefined;
}
