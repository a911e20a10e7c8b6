import type { BlockDraft, StepDraft, TextUse } from "../drafts.ts";
import type { Spot } from "../places.ts";
import { defaultRetry } from "../workflow.ts";

/** A step of which nothing is said but what it does. */
export const bareBody: StepDraft["body"] = {
  retry: defaultRetry,
  before: [],
  gates: [],
  reads: [],
  writes: [],
  env: {},
  onInterrupt: "rerun",
};

type Made = Pick<StepDraft, "name" | "named" | "action"> &
  Partial<Pick<StepDraft, "body" | "callees">> & {
    readonly spot: Spot;
    readonly block: BlockDraft;
    readonly texts: readonly TextUse[];
  };

/** A step that stands for something that is written otherwise; it comes last in its block. */
export function madeStep({ spot, block, body = bareBody, callees = [], ...rest }: Made): StepDraft {
  return {
    ...rest,
    nameSpot: spot,
    spot,
    index: block.steps.length,
    block,
    body,
    dependsOn: [],
    uses: [],
    locks: [],
    reads: [],
    writes: [],
    callees,
    needs: new Map(),
    needSpots: new Map(),
  };
}
