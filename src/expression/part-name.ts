import type { Reference } from "./analysis.ts";

/** An expression in a template, as its author may name it. */
export interface NamedPart {
  readonly source: string;
  readonly references: readonly Reference[];
}

/**
 * Whether a name that somebody wrote means an expression: it is the expression itself, or it is a value that the expression reads,
 * or one in which that lies (`scan` and `scan.output` mean `scan.output.findings`; `steps["sign-off"]` is `sign-off`).
 */
export function isNamed(name: string, { source, references }: NamedPart): boolean {
  const wanted = name.trim();
  return wanted === source.trim() || references.some((reference) => lies(pathOf(reference), wanted));
}

function pathOf({ root, path }: Reference): string {
  return root === "steps" && path.length > 0 ? path.join(".") : [root, ...path].join(".");
}

function lies(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}
