import { isTuttiError, messageOf, type Problem, TuttiError } from "../../errors.ts";
import { renderProblem } from "../../language/problems.ts";
import type { Out, Shown } from "./out.ts";
import { countText } from "./words.ts";

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

/** All problems, each with its place and caret, then how many they are. */
export function problemsLines(problems: readonly Problem[]): Shown[] {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [countText(errors, "mistake")] : []),
    ...(warnings > 0 ? [countText(warnings, "warning")] : []),
  ];
  const all = problems.flatMap((problem) => problemLines(problem));
  return problems.length > 1 ? [...all, counts.join(", ")] : all;
}

/** One problem: the code in colour, the place, the source line with its caret, what to do. */
export function problemLines(problem: Problem): Shown[] {
  const [first = "", ...rest] = renderProblem(problem).split("\n");
  const end = problem.code.length;
  const tone = problem.severity === "error" ? "bad" : "warn";
  return [[{ text: first.slice(0, end), tone }, first.slice(end)], ...rest];
}
