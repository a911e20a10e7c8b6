import type { Json } from "../expression/json.ts";
import { compileTemplate } from "../expression/template.ts";
import type { Source } from "../language/pipeline.ts";
import type { Flow } from "./flow/flow.ts";
import type { Gauges } from "./gauges.ts";
import type { Pipeline, StreamHost } from "./host.ts";
import type { Intake, SourceReader } from "./source.ts";
import { openSource } from "./sources/open.ts";

export interface IntakesOptions {
  readonly pipeline: Pipeline;
  readonly host: StreamHost;
  readonly flow: Flow;
  readonly gauges: Gauges;
  readonly signal: AbortSignal;
}

/** Reads the source of a pipeline: one read at a time, and only as much as there is room for. */
export class Intakes {
  readonly #options: IntakesOptions;
  readonly #stop = new AbortController();
  #opening: Promise<SourceReader> | undefined;
  #reading: Promise<void> | undefined;
  /** Those who posted what the next commit makes durable. */
  #waiting: NonNullable<Intake["settled"]>[] = [];

  constructor(options: IntakesOptions) {
    this.#options = options;
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** Begins to read when nothing is being read and there is room; `told` gets the error it came to, or nothing. */
  read(told: (error: unknown) => void): void {
    const { flow } = this.#options;
    if (this.#reading || flow.source.ended || flow.room < 1 || this.#stop.signal.aborted) return;
    this.#reading = this.#readOnce(Math.min(mostAtOnce, flow.room)).then(
      () => this.#over(told, undefined),
      (error: unknown) => this.#over(told, this.#stop.signal.aborted ? undefined : error),
    );
  }

  #over(told: (error: unknown) => void, error: unknown): void {
    this.#reading = undefined;
    told(error);
  }

  async #readOnce(most: number): Promise<void> {
    const { pipeline, host, flow, gauges, signal } = this.#options;
    this.#opening ??= this.#open();
    const reader = await this.#opening;
    const intake = await reader.read(most, AbortSignal.any([signal, this.#stop.signal]));
    const at = host.clock.now();
    flow.arrive({
      texts: intake.records,
      bad: intake.bad.map((one) => ({ ...one, whole: false })),
      position: intake.position,
      ended: intake.ended,
      at,
      isOnce: intake.settled !== undefined || onceKinds.has(pipeline.source.kind),
    });
    if (intake.settled) this.#waiting.push(intake.settled);
    gauges.read(intake, at);
  }

  async #open(): Promise<SourceReader> {
    const { pipeline, host, flow } = this.#options;
    const { source, continuous } = pipeline;
    const { position } = flow.source;
    const value = await valueOf(source, host);
    return openSource(source, {
      ...(position === null ? {} : { position }),
      ...(value === undefined ? {} : { value }),
      continuous,
      flow: pipeline.flow,
      host,
      runLine: host.runLine,
    });
  }

  /** What has been read so far is in the commit that is made now; the result is called with what became of it. */
  sealed(): (isDurable: boolean) => void {
    const waiting = this.#waiting;
    this.#waiting = [];
    return (isDurable) => {
      for (const settled of waiting) settled(isDurable);
    };
  }

  /** Reads no more. */
  stop(): void {
    this.#stop.abort("nothing more is read");
  }

  async close(): Promise<void> {
    this.stop();
    await this.#reading;
    this.sealed()(false);
    // a source that could not be opened has nothing to close
    const reader = await this.#opening?.catch(() => undefined);
    await reader?.close();
  }
}

/** Records of one read. */
const mostAtOnce = 1000;

/** Nobody can say again what came from these. */
const onceKinds: ReadonlySet<Source["kind"]> = new Set(["stdin", "listen"]);

/** Of a source that is there as a whole. */
async function valueOf(source: Source, { scope, outputOf }: StreamHost): Promise<Json | undefined> {
  if (source.kind === "list") return compileTemplate(source.items).render(scope);
  return source.kind === "run" ? outputOf(source.run, source.node) : undefined;
}
