import { messageOf } from "../../errors.ts";
import type { Key } from "./live-keys.ts";
import { LiveModel } from "./live-model.ts";
import type { LiveRun } from "./live-run.ts";
import { mostFrames, openScreen, type Screen, sizeOf } from "./live-screen.ts";
import { painter } from "./lines.ts";
import type { PlainLog } from "./plain.ts";
import { glyphsFor, wantsColour } from "./words.ts";

export interface ViewOptions {
  readonly out: NodeJS.WriteStream;
  readonly input?: NodeJS.ReadStream | undefined;
  readonly predictedMs?: number | undefined;
  /** What Ctrl-C ends: the run's work, by the signal that a terminal would have sent, or only the view. */
  readonly interrupt: "run" | "view";
  /** Aborts when the view is to end, because the terminal is gone or nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Hears every event meanwhile, so that plain lines can follow when the person leaves. */
  readonly log?: PlainLog;
}

/** Why a view ended: the run did, the person left it, or its signal aborted. */
export type ViewEnd = "over" | "left" | "aborted";

/**
 * Shows a run on the whole terminal until it is over, then leaves its steps in the scrollback. Never rejects for
 * what the run does; what the run's keys ask for is passed on to it.
 */
export async function viewRun(run: LiveRun, options: ViewOptions): Promise<ViewEnd> {
  const { out, signal, log } = options;
  const model = newModel(run, options);
  const forget = run.on((news) => {
    model.hear(news);
    log?.hear(news);
  });
  const ended = Promise.withResolvers<ViewEnd>();
  run.done.then(
    () => ended.resolve("over"),
    () => ended.resolve("over"),
  );
  const abort = () => ended.resolve("aborted");
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    const end = await drawUntil(ended, { run, model, options });
    if (end === "over") leaveSummary(model, out);
    return end;
  } finally {
    signal.removeEventListener("abort", abort);
    forget();
  }
}

function newModel(run: LiveRun, { input, predictedMs }: ViewOptions): LiveModel {
  const glyphs = glyphsFor(process.env);
  return new LiveModel(run, { glyphs, keys: input !== undefined, predictedMs, now: () => Date.now() });
}

interface Parts {
  readonly run: LiveRun;
  readonly model: LiveModel;
  readonly options: ViewOptions;
}

async function drawUntil(ended: PromiseWithResolvers<ViewEnd>, parts: Parts): Promise<ViewEnd> {
  const { model, options } = parts;
  const paint = painter(wantsColour(options.out, process.env));
  let draw = () => {};
  const screen = await openScreen({
    out: options.out,
    input: options.input,
    onKey: (key) => pressed(key, { ...parts, leave: () => ended.resolve("left") }),
    onText: (text) => model.type(text),
    onResize: () => draw(),
    onHeld: (text) => model.remark(text),
  });
  draw = () => screen.draw(model.frame(screen.size()).map(paint));
  const stop = drawRegularly({ screen, model, draw });
  try {
    return await ended.promise;
  } finally {
    stop();
    await screen.close();
  }
}

/**
 * Draws what changed at once, ten times a second at most, and the clock each second. Where a frame takes long (a run
 * of very many nodes), frames come so seldom that drawing stays below a tenth of the time.
 */
function drawRegularly({
  model,
  draw,
}: {
  readonly screen: Screen;
  readonly model: LiveModel;
  readonly draw: () => void;
}): () => void {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let tookMs = 0;
  const tick = () => {
    const startedAt = performance.now();
    const passedMs = startedAt - drawnAt;
    if (passedMs < tookMs * 10 || (!model.changed && passedMs < 1000)) return;
    draw();
    drawnAt = startedAt;
    tookMs = performance.now() - startedAt;
  };
  tick();
  const timer = setInterval(tick, 1000 / mostFrames);
  return () => clearInterval(timer);
}

function pressed(key: Key, { run, model, options, leave }: Parts & { readonly leave: () => void }): void {
  const act = model.press(key);
  switch (act) {
    case "approve":
    case "reject":
      return say(act, { run, model });
    case "pause":
      return run.pause();
    case "resume":
      return run.resume?.();
    case "cancel":
      return run.cancel("asked for in the live view");
    case "leave":
      return leave();
    case "interrupt":
      if (options.interrupt === "view") return leave();
      // A raw terminal sends no signal: whoever handles Ctrl-C gets what it would have got.
      process.kill(process.pid, "SIGINT");
      return;
    case undefined:
  }
}

/** Who works here says yes or no; why that is not taken is shown in the view. */
function say(act: "approve" | "reject", { run, model }: Pick<Parts, "run" | "model">): void {
  const { selected, reason } = model;
  if (selected === undefined) return;
  try {
    run.answer?.(selected, act === "approve", act === "reject" && reason !== undefined ? { reason } : {});
  } catch (error) {
    model.remark(messageOf(error));
  }
}

/** Most lines that are left behind of a run that is over. */
const summaryLines = 60;

function leaveSummary(model: LiveModel, out: NodeJS.WriteStream): void {
  if (out.destroyed || !out.writable) return;
  const paint = painter(wantsColour(out, process.env));
  const lines = model.summary({ columns: sizeOf(out).columns, rows: summaryLines });
  out.write(lines.map((line) => `${paint(line)}\n`).join(""));
}
