import type { StreamFigures } from "../stream/figures.ts";
import type { LiveNews } from "./render/live-run.ts";

/** How far a pipeline has come, as a line of JSON among the events of its run. */
export interface FiguresLine {
  readonly type: "pipeline.figures";
  readonly at: number;
  readonly address: string;
  readonly figures: StreamFigures;
}

const everyMs = 1000;

/** Figures of pipelines for programs: of each once a second at most, and the last before its end. */
export class FiguresFeed {
  readonly #now: () => number;
  readonly #last = new Map<string, { readonly line: FiguresLine; readonly told: boolean }>();
  readonly #toldAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  linesOf(news: LiveNews): readonly FiguresLine[] {
    switch (news.kind) {
      case "stream":
        return this.#hear(news);
      case "events":
        return news.events.flatMap((event) => (event.type === "node.ended" ? this.#end(event.address) : []));
      case "line":
        return [];
    }
  }

  #hear({ address, figures }: Extract<LiveNews, { kind: "stream" }>): readonly FiguresLine[] {
    const at = this.#now();
    const line: FiguresLine = { type: "pipeline.figures", at, address, figures };
    const told = at - (this.#toldAt.get(address) ?? Number.NEGATIVE_INFINITY) >= everyMs;
    this.#last.set(address, { line, told });
    if (!told) return [];
    this.#toldAt.set(address, at);
    return [line];
  }

  #end(address: string): readonly FiguresLine[] {
    const last = this.#last.get(address);
    this.#last.delete(address);
    this.#toldAt.delete(address);
    return last && !last.told ? [last.line] : [];
  }
}
