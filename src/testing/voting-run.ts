import type { Decision } from "../core/policies/vote.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, workflowOf } from "./core-run.ts";

const voters = ["ann", "bob", "cyd"];

/** A run of voters side by side, and a count of what they said. */
export function votingRun(tally: JsonObject, more: readonly Json[] = []): CoreRun {
  const steps = voters.map((name) => ({ name, function: "vote" }));
  return new CoreRun(
    workflowOf({
      name: "vote",
      chain: [
        {
          name: "round",
          chain: { parallel_where_possible: true, error_strategy: "continue_on_failure", steps },
        },
        { name: "decide", tally: { votes: "${ round.output }", ...tally } },
        ...more,
      ],
    }),
  );
}

/** Each voter answers with this option or whole answer; null: its step fails. */
export function vote(run: CoreRun, votes: Readonly<Record<string, Json>>): void {
  for (const [name, answer] of Object.entries(votes)) {
    if (answer === null) run.fail(`round/${name}`);
    else run.ok(`round/${name}`, { output: typeof answer === "string" ? { vote: answer } : answer });
  }
}

/** What a tally came to. */
export function decisionOf(run: CoreRun, address = "decide"): Decision {
  return run.node(address).outcome?.output as unknown as Decision;
}
