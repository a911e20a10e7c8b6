import type { Outcome } from "../core/outcome.ts";
import { messageOf, TuttiError } from "../errors.ts";
import type { StreamEnd } from "./host.ts";
import type { Processed } from "./processor.ts";

/** What a pipeline comes to that cannot go on for this. */
export function failedWith(error: TuttiError): Outcome {
  const { code, fix } = error;
  const failure = {
    code,
    message: messageOf(error),
    ...(fix === undefined ? {} : { fix }),
    class: "permanent",
  } as const;
  return { ok: false, failure };
}

/** How a pipeline ends that a batch of this stage or sink stops. */
export function stoppedAt(
  name: string,
  { failure, held }: Extract<Processed, { readonly ok: false }>,
): StreamEnd {
  if (held) return { status: "held", outcome: { ok: false, failure, ...held } };
  const message = `${failure.message} (at "${name}" of the pipeline)`;
  return { status: "failed", outcome: { ok: false, failure: { ...failure, message } } };
}

/** What came is kept, and waits for the run to be resumed. */
export function overflowed(name: string): StreamEnd {
  const error = new TuttiError(
    "BUFFER_OVERFLOW",
    `Cannot take more records: the buffer before "${name}" is full`,
    {
      fix: "make the stages behind it faster, give `buffer_size` more, or choose another `overflow_strategy`",
    },
  );
  return { status: "failed", outcome: failedWith(error) };
}
