import type { CoreRun } from "./core-run.ts";

/**
 * The run that `begin` begins, played until it has completed; then one for each of its events, played likewise, with only
 * that much kept by a crash, and played on from there. `work` ends what a run owes first, in the words of `owed`; timers
 * fire by themselves. A run that does not come to its end is given as it is.
 */
export function* crashedRuns(
  begin: () => CoreRun,
  work: (run: CoreRun, owed: string) => void,
): Generator<CoreRun> {
  const whole = begin();
  play(whole, work);
  yield whole;
  for (let keep = 1; keep < whole.events.length; keep += 1) {
    const run = begin();
    play(run, work);
    run.crash(keep);
    play(run, work);
    yield run;
  }
}

function play(run: CoreRun, work: (run: CoreRun, owed: string) => void): void {
  for (let turn = 0; turn < 30 && run.status !== "completed"; turn += 1) {
    const [owed = ""] = run.owed;
    if (owed.startsWith("timer ")) run.fire(owed.slice("timer ".length));
    else work(run, owed);
  }
}
