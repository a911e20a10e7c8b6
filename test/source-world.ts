import { onTestFinished } from "vitest";
import type { Json } from "../src/expression/json.ts";
import type { Source } from "../src/language/pipeline.ts";
import { createFakeClock } from "../src/runtimes/memory/fake-clock.ts";
import type { FakeClock } from "../src/runtimes/memory/fake-clock.ts";
import { openSource } from "../src/stream/sources/open.ts";
import type { SourceOptions } from "../src/stream/sources/options.ts";
import type { Intake, SourceReader } from "../src/stream/source.ts";

export interface SourceWorld extends Partial<Omit<SourceOptions, "host" | "flow">> {
  readonly cwd?: string;
  readonly recordBytes?: number;
  readonly stdin?: () => NodeJS.ReadableStream;
  readonly clock?: FakeClock;
  readonly fill?: (text: string) => string;
  readonly scope?: SourceOptions["host"]["scope"];
}

export interface OpenedSource {
  readonly reader: SourceReader;
  readonly clock: FakeClock;
  readonly printed: readonly string[];
  read(most?: number): Promise<Intake>;
  /** Everything up to the end of the source, in intakes of at most so many. */
  rest(most?: number): Promise<readonly Taken[]>;
  /** What is read while the clock goes on, as soon as there is something. */
  next(most?: number): Promise<readonly Taken[]>;
}

/** A record or the code of what is none, where it comes from, and where to go on behind the intake it came in. */
export interface Taken {
  readonly text: string;
  readonly origin: string;
  readonly position: Json;
}

const never = new AbortController().signal;

/** Opens a source as a pipeline does; closed after the test. */
export async function openWorld(source: Source, world: SourceWorld = {}): Promise<OpenedSource> {
  const { cwd = "/nowhere", recordBytes = 1_048_576, stdin, clock = createFakeClock(), ...options } = world;
  const printed: string[] = [];
  const reader = await openSource(source, {
    continuous: false,
    ...options,
    flow: { recordBytes },
    host: {
      clock,
      cwd,
      fill: options.fill ?? ((text) => text),
      scope: options.scope ?? (() => undefined),
      print: (line) => void printed.push(line),
      ...(stdin ? { stdin } : {}),
    },
  });
  onTestFinished(() => reader.close());
  const read = (most = 1000): Promise<Intake> => reader.read(most, never);
  return {
    reader,
    clock,
    printed,
    read,
    async rest(most) {
      const found: Taken[] = [];
      for (;;) {
        const intake = await read(most);
        found.push(...takenOf(intake));
        if (intake.ended) return found;
      }
    },
    next: async (most) => takenOf(await whileTimePasses(clock, read(most))),
  };
}

export function takenOf(intake: Intake): readonly Taken[] {
  const { position } = intake;
  const found: Taken[] = intake.records.map((text, index) => ({
    text,
    origin: intake.originOf(index),
    position,
  }));
  // from the last one on, so that those before stay where they are
  for (const { before, code, origin } of intake.bad.toReversed()) {
    found.splice(before, 0, { text: code, origin, position });
  }
  return found;
}

export function textsOf(taken: readonly Taken[]): readonly string[] {
  return taken.map(({ text }) => text);
}

/** Everything that is there to be read now: some waits later nothing more has come. */
export async function readAll({ reader, clock }: OpenedSource): Promise<readonly Taken[]> {
  const found: Taken[] = [];
  for (;;) {
    const stop = new AbortController();
    const read = reader.read(3, stop.signal).catch(() => undefined);
    const intake = await whileTimePasses(clock, read, { waits: 4, stop });
    if (!intake) return found;
    found.push(...takenOf(intake));
  }
}

interface Patience {
  /** So many timers fire; then it is stopped. */
  readonly waits: number;
  readonly stop: AbortController;
}

/** Lets timers fire as they become due, until the work is done. */
export async function whileTimePasses<T>(
  clock: FakeClock,
  work: Promise<T>,
  patience?: Patience,
): Promise<T> {
  let fired = 0;
  const over = { value: false };
  const end = (): void => void (over.value = true);
  work.then(end, end);
  while (!over.value) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const dueAt = clock.nextDueAt();
    if (dueAt === undefined) continue;
    if (fired === patience?.waits) patience.stop.abort();
    else clock.advance(Math.max(0, dueAt - clock.now()));
    fired += 1;
  }
  return work;
}
