import type { Parts } from "./parts.ts";
import { type Replay, replayDead, type ReplayOptions } from "./replay-dead.ts";
import {
  deadLetters,
  type LettersOptions,
  type ListedLetter,
  listStreams,
  type StreamView,
} from "./streams.ts";

/** What can be asked of the pipelines of runs. */
export interface PipelineVerbs {
  /** The pipelines of a run, and how far they have come. */
  streams(runId: string): Promise<readonly StreamView[]>;
  /** Records of a run's pipelines that could not be done, of each pipeline the oldest first. */
  deadLetters(runId: string, options?: LettersOptions): Promise<readonly ListedLetter[]>;
  /** Puts such records back to where they died; a run that has ended goes on with them. */
  replayDead(runId: string, options?: ReplayOptions): Promise<Replay>;
}

export function pipelineVerbs(parts: Parts): PipelineVerbs {
  return {
    streams: (runId) => listStreams(parts, runId),
    deadLetters: (runId, options) => deadLetters(parts, runId, options),
    replayDead: (runId, options) => replayDead(parts, runId, options),
  };
}
