import type { Request } from "../../core/effects.ts";
import type { Outcome } from "../../core/outcome.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import { SinkFailure, type SinkWriter } from "../sink.ts";
import { bodyOf, type Body, type BodyFormat } from "./body.ts";
import type { OpenSinkOptions } from "./open.ts";

/** What is heard of the answer; nobody reads it. */
const answerBytes = 1_048_576;

/** Handing a batch over. */
interface Handover {
  readonly request: Request;
  readonly env?: Readonly<Record<string, string>>;
}

interface PerformedSink extends Omit<OpenSinkOptions, "taken"> {
  readonly name: string;
  readonly format: BodyFormat;
  /** `id` names the batch for ever, in its pipeline. Throws a TuttiError for texts that cannot be filled in. */
  readonly handover: (body: Body, id: string) => Handover;
}

/**
 * A sink whose batches the host hands over. It rejects with the outcome, which says of what class the failure is; nothing is
 * handed over of a batch in which no record can be written.
 */
export function openPerformedSink({ name, format, handover, host, position }: PerformedSink): SinkWriter {
  const tries = { id: "", count: 0 };
  return {
    position,
    async write({ id, records }, signal) {
      signal.throwIfAborted();
      const body = bodyOf(records, format);
      const { dead } = body;
      if (body.texts.length === 0) return { position, dead };
      tries.count = tries.id === id ? tries.count + 1 : 1;
      tries.id = id;
      const { request, env = {} } = filledIn(() => handover(body, id));
      const work = { id, stage: name, attempt: tries.count, env, outputBytes: answerBytes, signal };
      const outcome = await host.perform(request, work);
      if (!outcome.ok) throw failureOf(name, outcome);
      return { position, dead };
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function filledIn(make: () => Handover): Handover {
  try {
    return make();
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    const { code, fix } = error;
    throw new SinkFailure({ code, message: messageOf(error), fix, class: "permanent" }, { cause: error });
  }
}

function failureOf(name: string, outcome: Outcome): SinkFailure {
  const message = `Cannot write to "${name}": it failed and did not say why`;
  return new SinkFailure(outcome.failure ?? { code: "SINK_FAILED", message, class: "failure" }, { outcome });
}
