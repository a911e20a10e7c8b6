import type { Failure, Outcome } from "../core/outcome.ts";
import type { TaskContext } from "../ports/executor.ts";

/** The line that stands for what was left out may make a text so much longer. */
const markerBytes = 64;

type Part = "stdout" | "output";
const both: readonly Part[] = ["stdout", "output"];
interface Capping extends Pick<TaskContext, "policy" | "artifacts"> {
  /** The output as text, for who has it already. */
  readonly outputText?: string | undefined;
}

/**
 * The outcome with what is larger than `policy.outputBytes` moved to artifacts. A long text keeps its beginning and
 * its end; a large value is kept as the text of its JSON, cut in the same way, and where a schema asked for the
 * value that is a failure.
 */
export function capOutput(outcome: Outcome, context: Capping): Promise<Outcome> | Outcome {
  const { policy, outputText } = context;
  const textFor = (part: Part): string =>
    part === "output" && outputText !== undefined ? outputText : textOf(outcome, part);
  const isLarge = (part: Part): boolean =>
    Buffer.byteLength(textFor(part)) > policy.outputBytes + markerBytes;
  const parts = both.filter(isLarge);
  return parts.length === 0 ? outcome : moveToArtifacts(outcome, parts, context);
}

async function moveToArtifacts(
  outcome: Outcome,
  parts: readonly Part[],
  { policy, artifacts: store }: Capping,
): Promise<Outcome> {
  const artifacts: Record<string, string> = { ...outcome.artifacts };
  const cut: { [K in Part]?: string } = {};
  for (const part of parts) {
    const text = textOf(outcome, part);
    // Whoever produced the text may have stored the whole of it; what came here is then not all of it.
    artifacts[part] ??= (await store.put(Buffer.from(text))).id;
    cut[part] = cutText(text, policy.outputBytes);
  }
  const capped = { ...outcome, ...cut, artifacts };
  const isValueLost =
    cut.output !== undefined && typeof outcome.output !== "string" && policy.schema !== undefined;
  return isValueLost && outcome.ok
    ? { ...capped, ok: false, shaped: false, failure: tooLarge(policy.outputBytes) }
    : capped;
}

function textOf(outcome: Outcome, part: Part): string {
  const value = outcome[part] ?? "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function tooLarge(maxBytes: number): Failure {
  return {
    code: "OUTPUT_TOO_LARGE",
    message: `Cannot keep the "output": its JSON is larger than the cap of ${maxBytes} bytes`,
    fix: "give back less, or raise `limits: {output: …}`; the whole output is kept as an artifact",
    class: "failure",
  };
}

/** What is kept of a gate's output as its evidence. */
export const evidenceBytes = 16 * 1024;

/** A gate's outcome with the output among its evidence, where that is long, moved to the artifact `evidence`. */
export async function capEvidence(outcome: Outcome, { artifacts }: Capping): Promise<Outcome> {
  const output = outcome.evidence?.["output"];
  if (typeof output !== "string" || Buffer.byteLength(output) <= evidenceBytes) return outcome;
  const { id } = await artifacts.put(Buffer.from(output));
  return {
    ...outcome,
    evidence: { ...outcome.evidence, output: cutText(output, evidenceBytes) },
    artifacts: { ...outcome.artifacts, evidence: id },
  };
}

/** The beginning and the end of a text, at most `maxBytes` of it, with a line between them. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return cutBytes(bytes, { maxBytes, ofBytes: bytes.length });
}

/** The same of bytes; `ofBytes` says how many there were in all, when these are only the first of them. */
export function cutBytes(
  bytes: Uint8Array,
  { maxBytes, ofBytes }: { readonly maxBytes: number; readonly ofBytes: number },
): string {
  const isWhole = bytes.length === ofBytes;
  // While streaming, a character that is not complete at the end is held back.
  const decode = (part: Uint8Array): string => new TextDecoder().decode(part, { stream: true });
  const head = decode(bytes.subarray(0, isWhole ? Math.ceil(maxBytes / 2) : maxBytes));
  let tailStart = isWhole ? bytes.length - Math.floor(maxBytes / 2) : bytes.length;
  while (((bytes[tailStart] ?? 0) & 0xc0) === 0x80) tailStart += 1;
  const tail = decode(bytes.subarray(tailStart));
  const missing = ofBytes - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return `${head}\n… ${missing} bytes left out …\n${tail}`;
}
