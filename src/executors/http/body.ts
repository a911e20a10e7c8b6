import type { ArtifactStore } from "../../ports/artifact-store.ts";
import { cutBytes } from "../cap-output.ts";

export interface ReadBodyOptions {
  readonly maxBytes: number;
  readonly artifacts: ArtifactStore;
  readonly heard: () => void;
}

export interface Body {
  readonly text: string;
  /** Part of the text is missing. */
  readonly capped: boolean;
  /** The whole body, when the text is not it. */
  readonly artifact?: string;
}

/** Reads a body in bounded memory: what is larger than `maxBytes` goes to an artifact as it comes. */
export async function readBody(
  response: Response,
  { maxBytes, artifacts, heard }: ReadBodyOptions,
): Promise<Body> {
  const chunks = heardChunks(response, heard);
  const start: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= maxBytes) {
    const { done, value } = await chunks.next();
    if (done === true) return wholeBody(Buffer.concat(start), artifacts);
    start.push(value);
    bytes += value.length;
  }
  const stored = await artifacts.put(rest(start, chunks));
  const text = cutBytes(Buffer.concat(start), { maxBytes, ofBytes: stored.bytes });
  return { text, capped: true, artifact: stored.id };
}

async function wholeBody(bytes: Buffer, artifacts: ArtifactStore): Promise<Body> {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), capped: false };
  } catch {
    // Not text: the bytes are what counts.
    const { id } = await artifacts.put(bytes);
    return { text: new TextDecoder().decode(bytes), capped: false, artifact: id };
  }
}

async function* heardChunks(response: Response, heard: () => void): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  for await (const chunk of response.body) {
    heard();
    yield chunk;
  }
}

async function* rest(
  start: readonly Uint8Array[],
  chunks: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* start;
  yield* chunks;
}
