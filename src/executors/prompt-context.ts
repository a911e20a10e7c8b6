import type { Request } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Executor } from "../ports/executor.ts";
import { putContextFiles } from "./context-files.ts";
import { failed, thrown } from "./failed.ts";
import { roomOf, type Summarizing, sumOf, withSummaries } from "./summaries.ts";

/** An executor that asks an agent, whose request gets first what belongs to its prompt: files to read, and summaries. */
export function withPromptContext<R extends Request>(executor: Executor<R>, by: Summarizing): Executor<R> {
  return {
    kind: executor.kind,
    async execute(request, context) {
      const files = ("files" in request ? request.files : undefined) ?? [];
      try {
        if (files.length > 0) await putContextFiles(files, { cwd: context.cwd, now: by.clock.now() });
      } catch (error) {
        return failed(thrown(error), { asked: false });
      }
      const { request: whole, made, usage } = await withSummaries(request, { context, by });
      if (made.length === 0) return executor.execute(request, context);
      const outcome = await executor.execute(whole as R, roomOf(context, usage));
      return withMade(outcome, { made, usage });
    },
  };
}

function withMade(
  outcome: Outcome,
  { made, usage }: { readonly made: NonNullable<Outcome["summaries"]>; readonly usage: Outcome["usage"] },
): Outcome {
  const { asked: _, ...rest } = outcome;
  const isUnasked = outcome.asked === false;
  const total = isUnasked && !outcome.usage ? usage : sumOf(outcome.usage, usage);
  return {
    ...(usage ? rest : outcome),
    summaries: made,
    ...(total ? { usage: total } : {}),
  };
}
