import type { Missing } from "../../core/missing.ts";
import type { RunView } from "../../core/view.ts";
import type { Shown } from "./out.ts";
import { decisionText, failedItself } from "./parts.ts";
import { countText, numberText, unicodeGlyphs, withLocalTimes } from "./words.ts";

/** At most so many things are told here; the statement has all of them. */
const most = 10;

/** What a degraded run was asked for and does not have, and what was done instead. */
export function missingLines(
  { id, missing = [], nodes }: RunView,
  { statement }: { readonly statement?: string } = {},
): Shown[] {
  if (missing.length === 0) return [];
  const shown = missing.slice(0, most).flatMap((one): Shown[] => {
    const [what, instead] = missingText({ ...one, why: shortWhy(one.why, nodes) }).map(withLocalTimes);
    return [
      ["    ", { text: what ?? "", tone: "warn" }],
      ["      ", { text: `${unicodeGlyphs.arrow} ${instead ?? ""}`, dim: true }],
    ];
  });
  const rest = missing.length - most;
  return [
    "  missing:",
    ...shown,
    ...(rest > 0 ? [`    and ${countText(rest, "more thing")}: tutti show ${id} --json`] : []),
    ...(statement === undefined ? [] : [`  statement: ${statement}`]),
  ];
}

/** What a step that failed said is told with that step. */
function shortWhy(why: string, nodes: RunView["nodes"]): string {
  const told = nodes.some((node) => {
    return failedItself(node) && why === `"${node.address}" failed: ${node.failure?.message}`;
  });
  return told ? why.slice(0, why.indexOf('" failed: ') + '" failed'.length) : why;
}

/** One line for what is missing, and one for what came of it. */
export function missingText({
  address,
  required,
  why,
  instead,
  dependents,
}: Missing): readonly [string, string] {
  const who = address === "" ? required : `${address} (${required})`;
  const shown = dependents.slice(0, mostDependents).map((one) => `"${one.address}" ${fateText(one)}`);
  const more = dependents.length > mostDependents ? ` and ${dependents.length - mostDependents} more` : "";
  return [`${who}: ${why}`, [instead, ...shown].join("; ") + more];
}

const mostDependents = 5;

/** `was tried, and is not done (The gate "j" did not hold: …)` */
function fateText({ fate, why: whyNot }: Missing["dependents"][number]): string {
  return whyNot === undefined ? fate : `${fate} (${whyNot})`;
}

/** What the run took as it was, and which branches went no way. */
export function acceptedLines({ accepted = [], nodes, id }: RunView): Shown[] {
  const rest = accepted.length - most;
  return [
    ...accepted
      .slice(0, most)
      .map(({ address, required, why }): Shown => [
        "  accepted: ",
        { text: address, bold: true },
        withLocalTimes(` (${required}): ${why}`),
      ]),
    ...(rest > 0 ? [`  and ${countText(rest, "more thing")} accepted: tutti show ${id} --json`] : []),
    ...noWayLines(nodes),
  ];
}

function noWayLines(nodes: RunView["nodes"]): Shown[] {
  const found = nodes.filter(({ decision }) => decision?.way === null);
  const [only] = found;
  if (!only?.decision) return [];
  if (found.length === 1)
    return [["  ", { text: only.address, bold: true }, ` ${decisionText(only.decision)}`]];
  const named = found.slice(0, most).map(({ address }) => address);
  const rest = found.length - most;
  return [`  no way was taken by ${named.join(", ")}${rest > 0 ? ` and ${numberText(rest)} more` : ""}`];
}
