// The long crash test: kills the real binary with SIGKILL at random moments until every run has come to its end.
//   npm run crash -- [--rounds 1000] [--seed N] [--at-once 2] [--kills 40] [--states 20] [--trees 20]
// --states: so many runs more for each of the states of test/crash/scenes.ts, in which alone they are killed.
// --trees: so many runs more that work in trees of their own, and land.
// A run that was killed --kills times is left alone; with few of them a thousand rounds take half an hour.
import { parseArgs } from "node:util";
import { crashRounds } from "../test/crash/rounds.ts";
import { scenes } from "../test/crash/scenes.ts";
import { stateRound } from "../test/crash/states.ts";
import { treesRound } from "../test/crash/trees.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "at-once": { type: "string", default: "2" },
    kills: { type: "string", default: "40" },
    states: { type: "string", default: "20" },
    trees: { type: "string", default: "20" },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const atOnce = Number(values["at-once"]);
const mostKills = Number(values.kills);
const states = Number(values.states);
const trees = Number(values.trees);
const numbers = [rounds, seed, atOnce, mostKills, states, trees];
if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error(
    "Cannot start the crash test: --rounds, --seed, --at-once, --kills, --states and --trees take whole numbers",
  );
  process.exit(2);
}

const startedAt = performance.now();
let begun = 0;
const figures = await crashRounds({
  seed,
  atOnce,
  mostKills,
  graphs: 10,
  more: () => begun++ < rounds,
  onRound: (so) => {
    if (so.rounds % 10 === 0)
      console.error(`${so.rounds} rounds, ${so.kills} kills, ${so.faults.length} faults`);
  },
});
const ofStates = [];
for (const name of Object.keys(scenes)) {
  for (let round = 0; round < states && figures.faults.length === 0; round += 1) {
    const end = await stateRound(name, { seed: seed + round, mostKills: Math.min(mostKills, 8) });
    ofStates.push(end);
    figures.faults.push(
      ...end.faults.map((fault) => `${name}, seed ${seed + round}, ${end.folder}: ${fault}`),
    );
  }
}
for (let round = 0; round < trees && figures.faults.length === 0; round += 1) {
  const end = await treesRound({ seed: seed + round, mostKills: Math.min(mostKills, 8) });
  ofStates.push(end);
  figures.faults.push(...end.faults.map((fault) => `trees, seed ${seed + round}, ${end.folder}: ${fault}`));
}
for (const fault of figures.faults) console.error(fault);
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
console.log(
  `seed ${seed}: ${figures.rounds} rounds, ${figures.kills} kills (${figures.killsBeforeRun} before there was a run, ` +
    `${figures.killsOfResume} of a resuming process), ${ofStates.length} runs killed ` +
    `${ofStates.reduce((sum, { kills }) => sum + kills, 0)} times in their states and trees, ${figures.faults.length} faults, ${minutes} min`,
);
process.exitCode = figures.faults.length === 0 ? 0 : 1;
