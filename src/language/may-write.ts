import { mapBlocks, mapSteps } from "./map-blocks.ts";
import type { Action, Chain, Step } from "./workflow.ts";

const writing: ReadonlySet<string> = new Set(["edit", "multiedit", "write", "notebookedit"]);

/** Shell commands that change no file, whatever comes after them in their line. */
const reading: readonly string[] = (
  "cat,cut,df,diff,du,echo,file,grep,head,id,jq,ls,nl,od,ps,pwd,readlink,realpath,rg,stat,strings,tail,test,tr,uname,wc,which,whoami," +
  "git blame,git cat-file,git describe,git diff,git grep,git log,git ls-files,git ls-tree,git merge-base,git rev-list,git rev-parse,git shortlog,git show,git status," +
  "gh issue list,gh issue view,gh pr checks,gh pr diff,gh pr list,gh pr view"
).split(",");

/** Those that change none as they are; with more words they might. */
const readingAlone: ReadonlySet<string> = new Set(
  "date,env,git branch,git remote,git remote -v,git stash list,git tag,npm audit,npm ls,npm outdated,pnpm audit,yarn audit".split(
    ",",
  ),
);

/**
 * Whether whoever has these tools may change files: with a tool that edits, or with a shell that is not kept to commands which only
 * read. Absent: all tools.
 */
export function toolsMayWrite(tools: readonly string[] | undefined): boolean {
  return tools === undefined || tools.some(mayWriteWith);
}

function mayWriteWith(tool: string): boolean {
  const [, name = "", pattern] = /^\s*([^\s(]*)(?:\((.*)\))?\s*$/s.exec(tool) ?? [];
  if (name === "*" || name.toLowerCase() === "all") return true;
  return name.toLowerCase() === "bash" ? !onlyReads(pattern) : writing.has(name.toLowerCase());
}

function onlyReads(pattern = ""): boolean {
  const open = /(?::\*|\s\*)$/;
  const line = pattern.replace(open, "").trim();
  if (/[;&|<>`$*\n]/.test(line)) return false;
  if (!open.test(pattern) && readingAlone.has(line)) return true;
  // `--output=FILE` of git's commands writes
  return (
    !line.includes("--output") && reading.some((known) => line === known || line.startsWith(`${known} `))
  );
}

/** Of a step that is written, as far as its own text says it. */
export function mayWriteOf(
  writes: readonly string[] | undefined,
  action: { readonly kind: string; readonly tools?: readonly string[]; readonly permissions?: unknown },
): Step["mayWrite"] {
  if (writes) return writes.length > 0 ? "yes" : "no";
  if (action.kind === "command" || mayBeAllowed(action)) return "yes";
  return action.kind === "agent" ? yesOrNo(toolsMayWrite(action.tools)) : undefined;
}

/** People may let an agent use a tool that it does not have by itself. */
function mayBeAllowed({ permissions = "deny" }: { readonly permissions?: unknown }): boolean {
  return permissions !== "deny";
}

function yesOrNo(value: boolean): "yes" | "no" {
  return value ? "yes" : "no";
}

/** Whether what an action does is done in a working tree: a function is code of the program around, HTTP is elsewhere. */
function worksInTree({ kind }: Action): boolean {
  return kind === "command" || kind === "run" || kind === "agent" || kind === "mcp" || kind === "workflow";
}

/**
 * True when the step, or anything that it holds, may change files in the tree it works in. What it says itself holds for all
 * that is in it.
 */
export function mayWrite({ mayWrite: said, action }: Step): boolean {
  if (said === "no") return false;
  const blocks = blocksOf(action);
  if (said === undefined) return blocks.some(mayWriteIn);
  return worksInTree(action) || blocks.some(({ steps }) => steps.length > 0);
}

/** True when any of the steps may change files. */
export function mayWriteIn({ steps }: Chain): boolean {
  return steps.some(mayWrite);
}

/** The blocks of an action, those of a run of its own among them. */
export function blocksOf(action: Action): readonly Chain[] {
  if (action.kind === "branch") return action.ways.map(({ chain }) => chain);
  if (action.kind === "workflow") return [action.workflow.chain];
  return "chain" in action ? [action.chain] : [];
}

/** The block, in which commands that have no tool to change files with are known to change none. */
export function withCommandTools(
  chain: Chain,
  toolsOf: (command: string) => readonly string[] | undefined,
): Chain {
  return mapSteps(chain, (step) => {
    const action = mapBlocks(step.action, (block) => withCommandTools(block, toolsOf));
    const isKept = action.kind === "command" && step.writes.length === 0 && !mayBeAllowed(action);
    if (isKept && !toolsMayWrite(toolsOf(action.command))) return { ...step, mayWrite: "no" };
    return action === step.action ? step : { ...step, action };
  });
}
