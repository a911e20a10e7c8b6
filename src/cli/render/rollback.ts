import type { EmergencyPreview, Rescued } from "../../verbs/emergency.ts";
import type { RolledBack, RollbackPreview } from "../../verbs/rollback.ts";
import { fileLines } from "./changed-files.ts";
import type { Shown } from "./out.ts";
import { countText } from "./words.ts";

/** What going back to a point does, before it is done. */
export function rollbackLines(preview: RollbackPreview, { partial }: { readonly partial: boolean }): Shown[] {
  const { runId, point, checkpoint, files, where, pending, done, unlanded } = preview;
  const others = pending.filter((address) => !unlanded.includes(address));
  const at = checkpoint ? ` (${shortCommit(checkpoint.commit)})` : "";
  return [
    [{ text: `run ${runId}`, bold: true }, ` to ${point}${at}`],
    ...(where === "nowhere" ? [] : [filesHead(files.length, where), ...fileLines(files)]),
    ...(where === "nowhere" ? ["files stay as they are"] : []),
    ...(partial ? ["all steps stay as they are: only these files are put back"] : []),
    ...listed("to be done again", others),
    ...unlandedLines(unlanded, others.length > 0 ? "and again" : "done again"),
    ...listed("done again as they were, without any work", done),
    ...outsideLines(preview),
  ];
}

function filesHead(count: number, where: "tree" | "project"): string {
  const whose = where === "project" ? "your project's folder" : "its own tree";
  return count === 0
    ? `no file of ${whose} becomes another`
    : `${countText(count, "file")} of ${whose} ${count === 1 ? "becomes another" : "become others"}:`;
}

/** So many names are told of each list. */
const mostNames = 20;

function listed(what: string, addresses: readonly string[]): readonly Shown[] {
  if (addresses.length === 0) return [];
  return [`${countText(addresses.length, "step")} ${what}: ${someOf(addresses)}`];
}

function someOf(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return `${names.slice(0, mostNames).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** Work that is done, and paid, twice. */
export function unlandedLines(
  addresses: readonly string[],
  again: "and again" | "done again",
): readonly Shown[] {
  if (addresses.length === 0) return [];
  const text = `${again}, because their lane had not landed`;
  return [[{ text, tone: "warn" }, `: ${someOf(addresses)}`]];
}

/** What no file tells: it stays done. */
function outsideLines({ outside }: RollbackPreview): readonly Shown[] {
  if (outside.length === 0) return [];
  const named = outside.map(({ address, hasUndo }) => (hasUndo ? `${address} (it has an undo)` : address));
  const text = "not taken back";
  return [[{ text, tone: "warn" }, `: what these did beside files of the tree: ${someOf(named)}`]];
}

/** What was done, how to undo it, and how to go on. */
export function rolledBackLines(
  { runId, point, before, kept }: RolledBack,
  { verb, partial }: { readonly verb: string; readonly partial: boolean },
): Shown[] {
  const stay = `${countText(kept, "step")} ${kept === 1 ? "stays" : "stay"} done`;
  const what = partial
    ? `these files of run ${runId} are as at ${point} now`
    : `run ${runId} is at ${point} now`;
  return [
    `${what}, and ${partial ? "it is " : ""}paused; ${stay}; it goes on with: tutti resume ${runId}`,
    ...(before === undefined ? [] : [`this is undone with: tutti ${verb} ${runId} --to ${before}`]),
  ];
}

export function emergencyLines(
  { runId, checkpoint, where, files }: EmergencyPreview,
  into?: string,
): Shown[] {
  const head: Shown = [
    { text: `run ${runId}`, bold: true },
    ` to ${shortCommit(checkpoint.commit)}: ${checkpoint.title}`,
  ];
  if (where === "folder" || !files) return [head, `everything is written into ${into ?? "a new folder"}`];
  return [head, filesHead(files.length, where), ...fileLines(files)];
}

export function rescuedLines({ runId, dir, saved, where }: Rescued): Shown[] {
  if (where === "folder") return [`it lies in ${dir} now`];
  return [
    `it lies in ${dir} now${saved ? `, as checkpoint ${saved.number}` : ""}`,
    `the log of the run knows nothing of it: tutti resume ${runId} goes on from its own tip; to take the files elsewhere, give --into DIR`,
  ];
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 10);
}
