import type { Event } from "../../core/events.ts";
import type { RunView } from "../../core/view.ts";
import type { StreamFigures } from "../../stream/figures.ts";
import { askLineOf, mayApprove } from "./live-asks.ts";
import { type Act, firstUi, type Key, press, type, type Ui } from "./live-keys.ts";
import {
  type Drawn,
  type Frame,
  type KeyHint,
  layoutFrame,
  layoutSummary,
  type Size,
} from "./live-layout.ts";
import { OutputTails } from "./live-output.ts";
import type { LiveNews, LiveRun } from "./live-run.ts";
import { foldParts } from "./outline.ts";
import type { Line } from "./lines.ts";
import { type Glyphs, oneLine } from "./words.ts";

export interface ModelOptions {
  readonly glyphs: Glyphs;
  /** Keys can be pressed. */
  readonly keys: boolean;
  readonly predictedMs?: number | undefined;
  readonly now: () => number;
}

/** The run with its ways, and its items and rounds of one step, folded. */
function foldedView(run: LiveRun): RunView {
  const view = run.view();
  return { ...view, nodes: foldParts(view.nodes) };
}

/** How long a remark stays in the place of the keys. */
const remarkMs = 10_000;

const sayHints: readonly KeyHint[] = [
  { key: "a", does: "approve" },
  { key: "r", does: "reject" },
];

/** What the live view knows of a run and of the person before it; says what to draw. */
export class LiveModel {
  readonly #run: LiveRun;
  readonly #options: ModelOptions;
  readonly #tails = new OutputTails();
  readonly #figures = new Map<string, StreamFigures>();
  #view: RunView;
  #stale = false;
  #changed = true;
  #since: number;
  #asked: Frame["asked"];
  #note: { readonly text: string; readonly until: number } | undefined;
  #reason: string | undefined;
  #ui: Ui = firstUi;
  #drawn: Drawn = { lines: [], shown: [], page: 1 };

  constructor(run: LiveRun, options: ModelOptions) {
    this.#run = run;
    this.#options = options;
    this.#view = foldedView(run);
    const now = options.now();
    // A run that is older than this view was resumed: its time counts from now.
    this.#since = now - this.#view.createdAt < 5000 ? this.#view.createdAt : now;
  }

  /** True when something happened since the last frame. */
  get changed(): boolean {
    return this.#changed;
  }

  hear(news: LiveNews): void {
    this.#changed = true;
    if (news.kind === "line") return this.#tails.add(news.line);
    if (news.kind === "stream") return void this.#figures.set(news.address, news.figures);
    this.#stale = true;
    for (const event of news.events) this.#take(event);
  }

  /** Shows what was said beside the view for some seconds, at most until a key is pressed. */
  remark(text: string): void {
    this.#changed = true;
    const last = text
      .split("\n")
      .map(oneLine)
      .findLast((line) => line !== "");
    if (last !== undefined) this.#note = { text: last, until: this.#options.now() + remarkMs };
  }

  /** Takes typed text; false where it is a key. */
  type(text: string): boolean {
    const ui = type(this.#ui, text);
    if (!ui) return false;
    this.#changed = true;
    this.#ui = ui;
    return true;
  }

  /** Takes a key; gives what the run or the view is asked for. */
  press(key: Key): Act | undefined {
    this.#changed = true;
    this.#note = undefined;
    const { ui, act, reason } = press(this.#ui, key, {
      order: this.#view.nodes.map((node) => node.address),
      shown: this.#drawn.shown,
      page: Math.max(1, this.#drawn.page - 2),
      outputLines: this.#tails.lines(this.#ui.selected ?? "").length,
      paused: this.#asked === "pause",
      approval: this.#approval(),
    });
    this.#ui = ui;
    this.#reason = reason;
    return act;
  }

  /** Why the last key said no. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Address of the selected step. */
  get selected(): string | undefined {
    return this.#ui.selected;
  }

  /** The approval that is selected, or the only one there is, of those that can be given from here. */
  #approval(): string | undefined {
    if (!this.#run.answer) return undefined;
    const { person } = this.#run;
    const open = this.#view.nodes.filter((node) => mayApprove(node, person));
    const { selected } = this.#ui;
    const [first, second] = selected === undefined ? open : open.filter((node) => node.address === selected);
    return second ? undefined : first?.address;
  }

  frame(size: Size): readonly Line[] {
    this.#changed = false;
    this.#drawn = layoutFrame(this.#frame(), size);
    return this.#drawn.lines;
  }

  /** The steps as they ended, to be left in the scrollback. */
  summary(size: Size): readonly Line[] {
    return layoutSummary(this.#frame(), size);
  }

  #take(event: Event): void {
    if (event.type === "run.recovered" || event.type === "run.restarted") this.#since = event.at;
    if (event.type !== "run.control") return;
    this.#asked = event.verb === "resume" ? undefined : event.verb;
  }

  #frame(): Frame {
    if (this.#stale) this.#view = foldedView(this.#run);
    this.#stale = false;
    const { glyphs, now, predictedMs } = this.#options;
    return {
      view: this.#view,
      now: now(),
      since: this.#since,
      predictedMs,
      asked: this.#asked,
      ui: this.#ui,
      glyphs,
      keys: this.#hints(),
      note: this.#remark(),
      askLine: askLineOf(this.#view, { selected: this.#ui.selected, byKey: this.#approval() }),
      lastLine: (address) => this.#tails.last(address),
      outputOf: (address) => this.#tails.lines(address),
      figuresOf: (address) => this.#figures.get(address),
    };
  }

  #remark(): string | undefined {
    if (this.#note && this.#note.until <= this.#options.now()) this.#note = undefined;
    return this.#note?.text;
  }

  #hints(): readonly KeyHint[] {
    if (!this.#options.keys) return [];
    const { up, down } = this.#options.glyphs;
    const paused = this.#asked === "pause";
    const pause = { key: "p", does: paused ? "resume" : "pause" };
    return [
      ...(paused && !this.#run.resume ? [] : [pause]),
      ...(this.#approval() === undefined ? [] : sayHints),
      { key: "c", does: "cancel" },
      { key: "q", does: "leave" },
      { key: `${up}${down}`, does: "select" },
      { key: "Enter", does: "output" },
      ...(this.#ui.selected === undefined ? [] : [{ key: "Esc", does: "unselect" }]),
    ];
  }
}
