import { defined } from "../defined.ts";
import { waitShape } from "../shapes.ts";
import { parseDuration } from "../units.ts";
import type { WaitAction } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { type ReadObject, readLeaf, readObject } from "./read-object.ts";
import { expressionUse, templateUse } from "./texts.ts";

const isoTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Reads `wait:`: a duration, or an object with one of for, until, signal and board. */
export function readWait(loading: Loading, step: ReadStep): ReadAction {
  const at = step.part("wait");
  const nothing: ReadAction = {
    action: { kind: "wait", for: "duration", durationMs: 0 },
    texts: [],
    callees: [],
  };
  if (!at) return nothing;
  if (typeof at.value === "string" || typeof at.value === "number") {
    const durationMs = readLeaf(loading, at, { key: "wait", schema: waitShape.leaves.for }) ?? 0;
    return { ...nothing, action: { kind: "wait", for: "duration", durationMs } };
  }
  const read = readObject(loading, at, waitShape);
  return read ? waitObject(loading, read) : nothing;
}

type Read = ReadObject<typeof waitShape>;

function waitObject(loading: Loading, read: Read): ReadAction {
  const kinds = (["for", "until", "signal", "board"] as const).filter((kind) => read.has(kind));
  if (kinds.length !== 1) reportKinds(loading, read.whole, kinds);
  if (read.has("deadline") && !read.has("signal")) reportDeadline(loading, read);
  const action = waitOf(loading, read);
  const until = read.part("until");
  const board = read.part("board");
  const texts = [
    ...(action.for === "time" && until
      ? [templateUse({ value: action.until, spot: until.spot }, "step")]
      : []),
    ...(action.for === "board" && board
      ? [{ ...expressionUse({ value: action.until, spot: board.spot }, "when"), key: "board" }]
      : []),
  ];
  return { action, texts, callees: [] };
}

function waitOf({ report }: Loading, read: Read): WaitAction {
  const { for: durationMs, until, signal, board, deadline } = read.leaves;
  if (board !== undefined)
    return {
      kind: "wait",
      for: "board",
      until: expressionUse({ value: board, spot: read.spotOf("board") }, "when").text,
    };
  if (signal !== undefined) {
    return { kind: "wait", for: "signal", signal, ...defined({ deadlineMs: deadline }) };
  }
  if (until === undefined) return { kind: "wait", for: "duration", durationMs: durationMs ?? 0 };
  if (!until.includes("${") && !isoTime.test(until)) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(until)}" as "until": it is no time`,
      fix:
        parseDuration(until) === undefined
          ? "write a time such as 2026-12-24T18:00:00Z, or a template"
          : `write {for: ${until}} to wait that long`,
      at: read.spotOf("until"),
    });
  }
  return { kind: "wait", for: "time", until };
}

function reportKinds({ report }: Loading, at: Located, kinds: readonly string[]): void {
  report.add({
    code: kinds.length === 0 ? "MISSING_KEY" : "BAD_VALUE",
    message:
      kinds.length === 0
        ? "Cannot use `wait`: it does not say what to wait for"
        : `Cannot use \`wait\`: it waits for one thing and this one has ${kinds.join(" and ")}`,
    fix: "give it one of for (a duration), until (a time), signal (a name) or board (a condition)",
    at: at.spot,
    part: "key",
  });
}

function reportDeadline({ report }: Loading, read: Read): void {
  report.add({
    code: "BAD_VALUE",
    message: 'Cannot use "deadline" here: only a wait for a signal has one',
    fix: "take it out",
    at: read.spotOf("deadline"),
    part: "key",
  });
}
