import type { LandedRun, LandingPreview } from "../../verbs/land.ts";
import type { Shown } from "./out.ts";
import { shortCommit } from "./rollback.ts";
import { countText, statusTone, statusWord } from "./words.ts";

const mostFiles = 30;

/** What landing would do. */
export function landingLines(preview: LandingPreview, { steps }: { readonly steps: boolean }): Shown[] {
  const { runId, branch, isNew, checkedOut, files, message, status, isWhole } = preview;
  const about = isNew ? " (a new branch)" : checkedOut ? " (checked out)" : "";
  const [title = ""] = message.split("\n");
  return [
    [{ text: `run ${runId}`, bold: true }, ` lands on ${branch}${about}: ${countText(files.length, "file")}`],
    ...named(files),
    ...(files.length > 0 ? [steps ? "as a commit for each step" : `as one commit: ${title}`] : []),
    ...(isWhole
      ? []
      : [
          [
            { text: `the run is ${statusWord(status)}`, tone: statusTone(status) },
            ": only what ended well of it lands",
          ],
        ]),
  ];
}

function named(files: readonly string[]): Shown[] {
  const rest = files.length - mostFiles;
  return [
    ...files.slice(0, mostFiles).map((path) => `  ${path}`),
    ...(rest > 0 ? [`  and ${countText(rest, "more file")}`] : []),
  ];
}

/** What has landed, and what of the run stays where it was. */
export function landedLines({ runId, branch, commit, commits, files, kept }: LandedRun): Shown[] {
  const what =
    commits === 1 ? shortCommit(commit) : `${countText(commits, "commit")} up to ${shortCommit(commit)}`;
  return [
    `run ${runId} has landed on ${branch} as ${what}: ${countText(files.length, "file")}`,
    ...kept.map((dir) => `its tree stays, because something in it is in no checkpoint: ${dir}`),
  ];
}
