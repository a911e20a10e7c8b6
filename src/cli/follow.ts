import { relative } from "node:path";
import { isMendable } from "./mendable.ts";
import { isFinal, isInVain, nextCommand, type Situation, undecidedIn } from "./next.ts";
import type { Event } from "../core/events.ts";
import type { RunView } from "../core/view.ts";
import { isTuttiError } from "../errors.ts";
import type { PlanReport } from "../verbs/plan.ts";
import type { RunHandle, RunResult } from "../verbs/run-handle.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { Context } from "./context.ts";
import { exitStatus, exitStatusOfRun } from "./exit-status.ts";
import { FiguresFeed } from "./figures-feed.ts";
import { handleInterrupts } from "./interrupts.ts";
import { countToLand } from "./landings.ts";
import { lastLines } from "./output-tail.ts";
import { pipelinesOf } from "./pipelines.ts";
import type { LiveRun } from "./render/live-run.ts";
import type { Out } from "./render/out.ts";
import { leftUndone } from "./render/parts.ts";
import { PlainLog, type PlainRun, showPlain } from "./render/plain.ts";
import { isOver } from "./render/reasons.ts";
import { statusWord } from "./render/words.ts";
import { tellsWhy } from "./silent.ts";
import { type Ending, summaryJson, summaryLines } from "./render/summary.ts";
import { workflowFile } from "./workflow-file.ts";

export interface Followed {
  readonly tutti: Tutti;
  readonly handle: RunHandle;
  readonly plan: PlanReport;
  /** What happened in it before; none in a new one. */
  readonly earlier?: readonly Event[];
  /** False for a run that is kept in memory only. */
  readonly saved: boolean;
}

/**
 * Shows a run that this process drives, until it ends; then says what became of it, and shows the run whose step it did
 * in the same way. Gives the exit status of the last.
 */
export async function followRun(context: Context, followed: Followed): Promise<number> {
  const { status, next } = await followOne(context, followed);
  return next ? followRun(context, next) : status;
}

async function followOne(
  context: Context,
  followed: Followed,
): Promise<{ readonly status: number; readonly next: Followed | undefined }> {
  const { tutti, handle } = followed;
  const { out } = context;
  const hint = followed.saved ? `the run goes on from here with: tutti resume ${handle.id}` : undefined;
  const letGo = handleInterrupts({
    out,
    stop: (reason) => handle.stop(reason),
    kill: () => tutti.killWork(handle.id),
    hint,
  });
  try {
    const shown = show(context, followed);
    const [result] = await Promise.all([handle.ended, shown]);
    const status = await tellEnd(context, { ...followed, result });
    if (isFinal(result.view.status) && !followed.earlier) noteUnused(context, tutti.unused());
    return { status, next: await aroundOf(context, followed) };
  } catch (error) {
    if (followed.saved) out.trouble(...hintAfter(error, handle.id));
    throw error;
  } finally {
    letGo();
  }
}

/** A rule of a script that nothing fits is often a mistake; of a run that was taken up it may have been played before. */
function noteUnused({ out }: Context, lines: readonly string[]): void {
  const more = lines.length - mostUnused;
  out.note(...lines.slice(0, mostUnused), ...(more > 0 ? [`and ${more} more`] : []));
}

const mostUnused = 5;

/** The run whose step this one does, when it goes on here; else what became of it is told. */
async function aroundOf({ out, json }: Context, { tutti, handle }: Followed): Promise<Followed | undefined> {
  const { parent } = handle.state;
  if (!parent) return undefined;
  const around = await handle.around;
  const { runId, status, name } = await tutti.find(parent.runId);
  if (!around) {
    out.note(`run ${runId}, whose step it does, is ${statusWord(status)}; see: tutti show ${runId}`);
    return undefined;
  }
  if (json) out.json({ type: "run.around", id: runId, name, address: parent.address, child: handle.id });
  out.note(`run ${runId} (${name}) goes on: its step "${parent.address}" was this run`);
  return { tutti, ...around, plan: await tutti.planLeft(around.handle), saved: true };
}

/** How the run goes on after this error; nothing where another process has it or where it may be lost. */
function hintAfter(error: unknown, runId: string): readonly string[] {
  if (isTuttiError(error, "LEASE_LOST") || isTuttiError(error, "STORE_DAMAGED")) return [];
  const when = isTuttiError(error, "STORE_FULL") ? "when there is space again, the run" : "the run";
  return [`${when} goes on from here with: tutti resume ${runId}`];
}

async function show({ out, json }: Context, { handle, plan, earlier = [] }: Followed): Promise<void> {
  const { screen } = out;
  if (screen) {
    const { showLive } = await import("./render/live.ts");
    return showLive(alone(handle), { out: screen, plan });
  }
  // who answers or watches it from elsewhere needs its name
  out.note(`run ${handle.id}`);
  const log = new PlainLog();
  log.recall(earlier);
  // what people are asked is theirs to see, also with --quiet
  const print = (line: string, event?: Event) =>
    event?.type === "ask.started" ? out.alert(line) : out.note(line);
  const end = showPlain(json ? printing(handle, out) : handle, print, log);
  // The error of a run that breaks is told by whoever waits for its end.
  await handle.ended.catch(() => {});
  end();
}

/** The run without those around it. */
function alone(handle: RunHandle): LiveRun {
  return {
    id: handle.id,
    done: handle.ended,
    view: () => handle.view(),
    on: (listener) => handle.on(listener),
    pause: () => handle.pause(),
    resume: () => handle.resume(),
    cancel: (reason) => handle.cancel(reason),
    person: handle.person,
    answer: (address, value, more) => handle.answer(address, value, more),
  };
}

/** The run, with every event printed as JSON before it is heard: one listener for both, so that neither misses any. */
function printing(handle: RunHandle, out: Out): PlainRun {
  const figures = new FiguresFeed(() => Date.now());
  return {
    on: (listener) =>
      handle.on((news) => {
        for (const line of figures.linesOf(news)) out.json(line);
        if (news.kind === "events") for (const event of news.events) out.json(event);
        listener(news);
      }),
  };
}

async function tellEnd(
  { out, json }: Context,
  { tutti, result, saved }: Followed & { readonly result: RunResult },
): Promise<number> {
  const { view } = result;
  const stopped = result.stopped && !isFinal(view.status);
  const status = stopped ? exitStatus.interrupted : exitStatusOfRun(view.status);
  const reasons = saved && !stopped ? await reasonsOf(tutti, view.id) : [];
  const ending: Ending = {
    view,
    stopped,
    tails: await tailsOf(tutti, result),
    // what goes no further is told with the steps that failed
    waitsFor: status === exitStatus.waiting ? reasons.filter((reason) => !isOver(reason)) : [],
    ...statementOf(tutti, view, saved),
    pipelines: await pipelinesOf(tutti, view, { interrupted: stopped }),
    toLand: saved ? await countToLand(tutti, view) : 0,
    ...(saved ? await nextOf(tutti, { view, stopped, reasons }) : { next: undefined }),
  };
  if (json) out.json(summaryJson(ending, status));
  if (json) out.note(...summaryLines(ending));
  else out.say(...summaryLines(ending));
  return status;
}

/** When the run goes on only with a change of its file: that the file has to be taken up. */
async function updateHint(tutti: Tutti, { id, status, nodes }: RunView): Promise<string | undefined> {
  const failed = nodes.some((node) => node.status === "failed" && isMendable(node.failure?.code));
  if (status !== "failed" || !failed) return undefined;
  const { origin } = await tutti.find(id);
  if (workflowFile(tutti, origin) === undefined) return undefined;
  return `when you have changed ${origin}: tutti resume ${id} --update`;
}

function statementOf(tutti: Tutti, { id, missing }: RunView, saved: boolean): Partial<Ending> {
  return saved && missing ? { statement: relative(process.cwd(), tutti.statementFile(id)) } : {};
}

/** What to type next, and when something more than that. */
async function nextOf(
  tutti: Tutti,
  { reasons, ...situation }: Omit<Situation, "fix" | "fixOfRun"> & { readonly reasons: Reasons },
): Promise<Pick<Ending, "next" | "hint">> {
  const fixOfRun = reasons.find(({ address }) => address === "")?.fix;
  const fix = fixOfNode(reasons, situation.view) ?? fixOfRun;
  const next = nextCommand({ ...situation, fixOfRun, fix });
  const { id, nodes } = situation.view;
  const left = leftUndone(nodes).map(({ address }) => `"${address}"`);
  if (left.length > 0 && isFinal(situation.view.status)) return { next, hint: undoHint(left, id) };
  if (isInVain(situation.view)) return { next, hint: inVainHint(id) };
  const plain = next === `tutti resume ${situation.view.id}` || undecidedIn(situation.view) !== undefined;
  return { next, ...(plain ? { hint: await updateHint(tutti, situation.view) } : {}) };
}

/** What helps the node that the run names, or else the first that anything helps. */
function fixOfNode(reasons: Reasons, { reason = "" }: RunView): string | undefined {
  const helped = reasons.filter(({ address, fix }) => address !== "" && fix !== undefined);
  return (helped.find(({ address }) => reason.includes(`"${address}"`)) ?? helped[0])?.fix;
}

function inVainHint(id: string): string {
  return `its rounds are kept, so that a resume comes to the same; change the loop, then: tutti resume ${id} --update`;
}

/** Long lists are in the lines above. */
function undoHint(left: readonly string[], id: string): string {
  const named =
    left.length > 3 ? `${left.slice(0, 3).join(", ")} and ${left.length - 3} more` : left.join(", ");
  return `not undone: ${named}; undo by hand what is left of it, then: tutti resume ${id}`;
}

type Reasons = Awaited<ReturnType<Tutti["why"]>>;

async function reasonsOf(tutti: Tutti, runId: string): Promise<Reasons> {
  try {
    return await tutti.why(runId);
  } catch (error) {
    if (isTuttiError(error)) return [];
    throw error;
  }
}

const tailLines = 8;

async function tailsOf(tutti: Tutti, { id, view }: RunResult): Promise<Ending["tails"]> {
  const failed = view.nodes
    .filter((node) => node.status === "failed" && node.kind === "step" && tellsWhy(node))
    .slice(0, 5);
  const tails = await Promise.all(
    failed.map(async ({ address, attempt }) => {
      const file = tutti.outputFile({ runId: id, life: view.life, address, attempt });
      return [address, await lastLines(file, tailLines)] as const;
    }),
  );
  return new Map(tails);
}
