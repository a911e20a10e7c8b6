import type { Json } from "../../expression/json.ts";
import type { RunState } from "../../core/state.ts";

/**
 * What a run came to, without times and without which of several blockers came first: two runs of a confluent workflow in the same world come
 * to the same.
 */
export function endsOf(state: RunState): Json {
  // Starts of agents and unknown prices also count what died with a process: more after a crash than without one.
  const {
    activeMs: _,
    reused: __,
    agents: ___,
    unknownCosts: ____,
    presumedUsd: _____,
    ...ledger
  } = state.ledger;
  return {
    status: state.status,
    tolerated: state.tolerated,
    ends: { ...state.ends },
    ledger,
    nodes: Object.fromEntries(
      [...state.byAddress.values()]
        .toSorted((a, b) => (a.address < b.address ? -1 : 1))
        .map((node) => [
          node.address,
          {
            end: node.end ?? "none",
            attempt: node.attempt,
            retries: node.retries,
            rounds: node.rounds,
            output: node.outcome?.output ?? null,
            failure: node.failure?.code ?? null,
            fallback: node.fallback ?? null,
            gates: node.gateResults.map(({ ref, attempt, passed }) => `${ref.name} ${attempt} ${passed}`),
          },
        ]),
    ),
  };
}
