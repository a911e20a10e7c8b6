import { shellWord } from "../../expression/shell-word.ts";
import type { ListedLanding } from "../../verbs/landings.ts";
import type { LandingFacts } from "../landings.ts";
import { shortCommit } from "./rollback.ts";
import { countText, dateTimeText, namedText } from "./words.ts";

/** Where a run has landed, and what of it is still to land. */
export function landedOnLines(
  runId: string,
  { landed, filesToLand: files }: LandingFacts,
): readonly string[] {
  const there = landed.findLast(({ now }) => now === "there");
  const to = there ? ` --to ${shellWord(there.branch)}` : "";
  const verb = files === 1 ? "has" : "have";
  return [
    ...landed.map((landing) => `  landed ${dateTimeText(landing.landedAt)} on ${whatLanded(landing)}`),
    ...(files > 0
      ? [`  ${countText(files, "file")} ${verb} not landed${there ? " yet" : ""}: tutti land ${runId}${to}`]
      : []),
  ];
}

function whatLanded({ branch, now, commit, commits }: ListedLanding): string {
  if (now === "taken-out")
    return `${branch} as ${shortCommit(commit)}, which is not part of that branch any more`;
  const steps = [...new Set(commits.flatMap((one) => one.steps))];
  const last = shortCommit(commits.at(-1)?.commit ?? commit);
  const as = commits.length > 1 ? `${countText(commits.length, "commit")} up to ${last}` : last;
  const what = steps.length > 0 ? `: ${namedText(steps)}` : "";
  return `${branch} as ${as}${what}${now === "there" ? "" : " · there is no such branch any more"}`;
}

/** The same for programs. */
export function landingJson({ landed, filesToLand }: LandingFacts): object {
  return {
    ...(landed.length === 0 ? {} : { landed: landed.map(({ runId: _, ...landing }) => landing) }),
    ...(filesToLand === 0 ? {} : { filesToLand }),
  };
}
