import { isTuttiError, messageOf, type Problem, TuttiError } from "../../errors.ts";
import { renderProblem } from "../../language/problems.ts";
import type { Out, Shown } from "./out.ts";
import { countText, numberText } from "./words.ts";

export interface ErrorOptions {
  readonly json: boolean;
  readonly debug: boolean;
}

/** Prints an error: for people on standard error, as JSON on standard output too when that is asked for. */
export function showError(out: Out, error: unknown, { json, debug }: ErrorOptions): void {
  const known = isTuttiError(error) ? error : bug(error);
  if (json) out.json({ error: errorJson(known) });
  out.trouble(...errorLines(known));
  if (!debug) return;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    out.trouble(...(cause.stack ?? cause.message).split("\n").map((text) => [{ text, dim: true }]));
  }
}

/** Anything that is thrown and no TuttiError is a fault in tutti. */
function bug(error: unknown): TuttiError {
  return new TuttiError("INTERNAL", `Cannot go on: a fault in tutti: ${messageOf(error)}`, {
    fix: "please report it, with what --debug prints added to the same command",
    cause: error,
  });
}

function errorJson({ code, message, fix, source, problems }: TuttiError): object {
  return {
    code,
    message,
    fix,
    ...(source ? { source } : {}),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

function errorLines({ code, message, fix, source, problems }: TuttiError): Shown[] {
  if (problems.length > 0) return problemsLines(problems);
  return problemLines({ severity: "error", code, message, fix, ...(source ? { source } : {}) });
}

/** All problems, each with its place and caret, then how many they are; of many warnings of one kind the first. */
export function problemsLines(problems: readonly Problem[], where?: string): Shown[] {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [countText(errors, "mistake")] : []),
    ...(warnings > 0 ? [countText(warnings, "warning")] : []),
  ];
  const all = briefly(problems, where).flat();
  return problems.length > 1 ? [...all, counts.join(", ")] : all;
}

/** More warnings of one code than this are not all shown … */
const manyWarnings = 5;
/** … but only so many. */
const firstWarnings = 3;
/** More problems than this are counted, not shown. */
const firstProblems = 200;

/** The lines of each problem that is shown. `where`: what lists all warnings of a code of which there are many. */
export function briefly(problems: readonly Problem[], where = "--json has all"): Shown[][] {
  const warnings = problems.filter(({ severity }) => severity === "warning");
  const total = new Map(
    [...Map.groupBy(warnings, ({ code }) => code)].map(([code, all]) => [code, all.length]),
  );
  const shown = new Map<string, number>();
  const visible = problems.flatMap((problem) => {
    const { code, severity } = problem;
    const count = total.get(code) ?? 0;
    if (severity === "error" || count <= manyWarnings) return [{ problem, rest: [] }];
    const nth = (shown.get(code) ?? 0) + 1;
    shown.set(code, nth);
    if (nth > firstWarnings) return [];
    return [{ problem, rest: nth === firstWarnings ? [moreOf(code, { count, where })] : [] }];
  });
  const groups = visible
    .slice(0, firstProblems)
    .flatMap(({ problem, rest }) => [problemLines(problem), ...rest]);
  const hidden = visible.length - firstProblems;
  return hidden > 0 ? [...groups, [`… and ${numberText(hidden)} more; ${where}`]] : groups;
}

function moreOf(code: string, { count, where }: { readonly count: number; readonly where: string }): Shown[] {
  const text = `: and ${numberText(count - firstWarnings)} more warnings of this code; ${where}`;
  return [[{ text: code, tone: "warn" }, text]];
}

/** Remarks about a workflow, the first of them. */
export function notesLines(notes: readonly string[]): Shown[] {
  const lines = notes.slice(0, firstProblems).map((text): Shown => [{ text: `note: ${text}`, dim: true }]);
  const hidden = notes.length - firstProblems;
  return hidden > 0 ? [...lines, `… and ${numberText(hidden)} more notes`] : lines;
}

/** One problem: the code in colour, the place, the source line with its caret, what to do. */
export function problemLines(problem: Problem): Shown[] {
  const [first = "", ...rest] = renderProblem(problem).split("\n");
  const end = problem.code.length;
  const tone = problem.severity === "error" ? "bad" : "warn";
  return [[{ text: first.slice(0, end), tone }, first.slice(end)], ...rest];
}
