import type { ErrorCode } from "../../errors.ts";
import type { Reference } from "../../expression/expression.ts";
import type { StepDraft, TextUse } from "../drafts.ts";
import type { Range } from "../source-text.ts";
import type { ScopeIndex } from "./scope.ts";

/** A reference in its text, in the step that it belongs to. */
export interface ReferenceAt {
  readonly use: TextUse;
  readonly reference: Reference;
  /** Undefined: in the workflow's own `env:`. */
  readonly from: StepDraft | undefined;
}

export interface Complaint {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  /** Other words of the text than the reference itself. */
  readonly range?: Range;
}

/** Reports something about a reference, at the very words. */
export function complain(
  { report }: ScopeIndex,
  { use, reference }: ReferenceAt,
  complaint: Complaint,
): void {
  report.add({
    code: complaint.code,
    message: `Cannot ${complaint.what}: ${complaint.why}`,
    fix: complaint.fix,
    at: use.spot,
    inside: { value: use.value, range: rangeOf(use, complaint.range ?? reference) },
  });
}

/** Where a part of a text stands in the value that the text is, or is a part of. */
export function rangeOf({ offset }: TextUse, { start, end }: Range): Range {
  return { start: offset + start, end: offset + end };
}
