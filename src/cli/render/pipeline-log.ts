import type { Event } from "../../core/events.ts";
import type { StreamFigures } from "../../stream/figures.ts";
import { fatesOf, fatesText, progressText } from "./pipeline-words.ts";
import { oneLine } from "./words.ts";

/** How long nothing is told of a pipeline after something was. */
const everyMs = 10_000;

interface Heard {
  figures: StreamFigures;
  /** When it was last told, or heard of for the first time. */
  toldAt: number;
  told: string;
}

/** Says now and then how far pipelines have come: not while nothing changes, and at their end. */
export class PipelineLog {
  readonly #now: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #begun = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in that a step has begun. */
  begin({ address, request }: Extract<Event, { type: "attempt.started" }>): void {
    if (request.kind === "pipeline") this.#begun.add(address);
  }

  /** True for a step that is a pipeline, and has begun. */
  has(address: string): boolean {
    return this.#begun.has(address);
  }

  /** What is to be told now. */
  hear(address: string, figures: StreamFigures): string | undefined {
    const now = this.#now();
    const heard = this.#heard.get(address) ?? { figures, toldAt: now, told: "" };
    this.#heard.set(address, heard);
    heard.figures = figures;
    if (now - heard.toldAt < everyMs) return undefined;
    const state = JSON.stringify([fatesOf(figures), figures.status]);
    if (state === heard.told) return undefined;
    heard.toldAt = now;
    heard.told = state;
    return `${oneLine(address)}: ${progressText(figures)}`;
  }

  /** What became of its records; undefined for what is no pipeline. */
  ended(address: string): string | undefined {
    const heard = this.#heard.get(address);
    this.#heard.delete(address);
    return heard && `${oneLine(address)}: ${fatesText(heard.figures)}`;
  }
}
