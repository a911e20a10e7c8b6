import type { LandRequest } from "../ports/landing.ts";
import { type Files, scratchRepository, type ScratchRepository } from "./scratch-repository.ts";

/** A repository of a user in which a run has worked: what a landing is asked of. */
export interface LandingSite {
  readonly user: ScratchRepository;
  /** A checkpoint; with a node that of a step, without that of something between steps. */
  checkpoint(parents: readonly string[], files: Files, node?: string): string;
  /** A run that began at HEAD and has done this, a step after the other. */
  run(...steps: readonly Files[]): LandedRange;
}

export interface LandedRange {
  readonly base: string;
  readonly tip: string;
}

export function landingSite(): LandingSite {
  const user = scratchRepository();
  let number = 0;
  const checkpoint: LandingSite["checkpoint"] = (parents, files, node) => {
    number += 1;
    const title =
      node === undefined
        ? "WORKFLOW-RECOVERY: found in r1"
        : `WORKFLOW-STEP: ${node.replaceAll("\n", " ")} completed in r1`;
    const trailers = ["Tutti-Run: r1", `Tutti-Number: ${number}`];
    if (node !== undefined) trailers.push(`Tutti-Node: ${JSON.stringify(node)}`);
    return user.loose(`${title}\n\n${trailers.join("\n")}\n`, { parents, files });
  };
  return {
    user,
    checkpoint,
    run(...steps) {
      const base = checkpoint([user.git("rev-parse", "HEAD")], {});
      let tip = base;
      for (const [at, files] of steps.entries()) tip = checkpoint([tip], files, `step${at + 1}`);
      return { base, tip };
    },
  };
}

export function landRequest(of: LandedRange, change: Partial<LandRequest> = {}): LandRequest {
  return { runId: "r1", as: "squash", message: "What the run did", ...of, ...change };
}

export function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

/** What the user has committed, and what a run makes of it. */
export const committed = { a: lines("1", "2", "3", "4", "5"), b: "b\n", "dir/c": "c\n", gone: "gone\n" };
export const done = {
  a: lines("1", "2 run", "3", "4", "5"),
  new: "new\n",
  gone: null,
  tool: { program: "#!/bin/sh\n" },
  link: { link: "a" },
};
export const doneNames = ["a", "gone", "link", "new", "tool"];
