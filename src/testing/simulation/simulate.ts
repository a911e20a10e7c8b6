import { advance, create } from "../../core/advance.ts";
import { fold } from "../../core/apply.ts";
import type { Event, Input, RunStatus } from "../../core/events.ts";
import { isFinal, type RunState } from "../../core/state.ts";
import { type NodeState } from "../../core/node.ts";
import { explain } from "../../core/why.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import { withLanes } from "../../language/lanes.ts";
import type { Workflow } from "../../language/workflow.ts";
import type { RunLog } from "../../ports/run-store.ts";
import { RunLoop, type LoopEnd } from "../../runtimes/loop.ts";
import { SimulatedCrash } from "../../runtimes/memory/faults.ts";
import type { MemoryStore } from "../../runtimes/memory/store.ts";
import { checkEnd } from "./check-end.ts";
import { checkTrees } from "./check-trees.ts";
import { CoreDriver } from "./core-driver.ts";
import { seededDice } from "./dice.ts";
import { endsOf } from "./ends.ts";
import type { WorkflowKind } from "./making.ts";
import { checkSaid, randomAnswer } from "./people.ts";
import { randomWorkflow } from "./random-workflow.ts";
import { BrokenPromise, same } from "./same.ts";
import {
  calm,
  createSite,
  lateClock,
  newProcess,
  performerOf,
  simulatedRun,
  strikes,
  type Site,
} from "./site.ts";
import { TreesModel } from "./trees.ts";
import { childTurnMs, createWorld } from "./world.ts";

/** What one simulation went through. */
export interface Simulated {
  readonly status: RunStatus;
  readonly kind: WorkflowKind;
  readonly events: number;
  readonly processes: number;
  /** How the processes ended, by name. */
  readonly ends: Readonly<Record<string, number>>;
}

/**
 * Runs one random workflow in a random world through the whole run loop, over a disk, a clock and a performer that a
 * seed controls, with crashes around every append, lost leases, a full disk, late timers, duplicated messages and
 * results. Throws BrokenPromise when the runtime does not keep what it promises:
 *
 * - the run ends, and a confluent one as the undisturbed one;
 * - nothing is performed before its start is durable, or again after its end is;
 * - what was started is performed at least once, unless it was cancelled;
 * - people answer before the deadline, or not at all;
 * - the ledger is the sum of the durable outcomes;
 * - the log is sound, and the last owner's state is what the log folds to.
 */
export async function simulate(seed: string): Promise<Simulated> {
  const dice = seededDice(seed);
  const kind: WorkflowKind = dice.chance(0.5) ? "any" : "confluent";
  const made = randomWorkflow(dice, kind);
  const trees = dice.chance(0.5)
    ? new TreesModel(firstCheckpoint, { alwaysLands: kind === "confluent" })
    : undefined;
  const workflow = trees ? withLanes(made, dice.pick(["run", "step"])) : made;
  const world = createWorld(seed);
  const site = createSite({ world, dice, faults: dice.below(12), trees });
  const simulation = new Simulation(site, { workflow, kind });
  const state = await simulation.run();
  checkEnd(site, state);
  if (trees) checkTrees(trees, state);
  if (kind === "confluent") {
    const calmRun = new CoreDriver({ workflow }, { world, dice: seededDice(`${seed} undisturbed`) }).finish();
    same(endsOf(state), endsOf(calmRun.state), "it ends as the undisturbed run does");
  }
  return {
    status: state.status,
    kind,
    events: site.durable().events.length,
    processes: simulation.processes,
    ends: Object.fromEntries(simulation.ends),
  };
}

const firstCheckpoint = "base";
const treesPlace = { runId: simulatedRun, lane: "" };

interface Process {
  readonly store: MemoryStore;
  readonly loop: RunLoop;
  /** How its loop came back. Never rejects. */
  readonly done: Promise<ProcessEnd>;
  end?: ProcessEnd;
}

type ProcessEnd = { readonly back: LoopEnd } | { readonly error: unknown };

/** Turns after which a run is taken for one that never ends. */
const mostTurns = 20_000;

class Simulation {
  processes = 0;
  readonly ends = new Map<string, number>();
  readonly #site: Site;
  readonly #workflow: Workflow;
  readonly #kind: WorkflowKind;
  readonly #said: Extract<Input, { type: "answer" }>[] = [];
  /** Processes that were replaced while they ran. */
  readonly #replaced: Process[] = [];
  /** Sends messages; lives as long as the simulation. */
  readonly #outside: MemoryStore;
  #restarts: number;

  constructor(site: Site, { workflow, kind }: { readonly workflow: Workflow; readonly kind: WorkflowKind }) {
    this.#site = site;
    this.#workflow = workflow;
    this.#kind = kind;
    this.#outside = newProcess(site);
    this.#restarts = kind === "any" ? site.dice.below(3) : 0;
  }

  async run(): Promise<RunState> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const process = await this.#launch();
      if (!process) continue;
      const end = await this.#drive(process);
      this.#count(end);
      if ("error" in end || end.back.stopped) continue;
      const { state } = process.loop;
      if (!isFinal(end.back.status)) await this.#help(state);
      else if (state.status === "completed" || this.#restarts <= 0) {
        await this.#waitForReplaced();
        checkSaid(this.#site.durable().events, this.#said);
        return state;
      }
    }
    throw new BrokenPromise("the run never ends");
  }

  /** A process that creates or opens the run; undefined when it did not live that long. */
  async #launch(): Promise<Process | undefined> {
    const store = newProcess(this.#site);
    this.processes += 1;
    try {
      const held = this.#site.disk.runs.has(simulatedRun)
        ? await this.#open(store)
        : await this.#create(store);
      return this.#start(store, held);
    } catch (error) {
      this.#count({ error });
      // its lease ends with it
      store.kill();
      return undefined;
    }
  }

  async #create(store: MemoryStore): Promise<Held> {
    const at = this.#site.clock.now();
    const { state, events } = create({
      type: "create",
      at,
      runId: simulatedRun,
      seed: "5eed",
      workflow: this.#workflow,
      inputs: { from: "here" },
      plan: { expectedMs: {} },
      overrides: {},
      ...(this.#site.trees ? { workspace: { mode: "run", place: treesPlace, base: firstCheckpoint } } : {}),
    });
    const row = { runId: simulatedRun, name: "random", createdAt: at, origin: "<random>", source: "" };
    const log = await store.runs.create(row, events);
    return { log, state, first: events };
  }

  /** As `resume` does. */
  async #open(store: MemoryStore): Promise<Held> {
    const log = await store.runs.open(simulatedRun);
    const state = fold(log.events);
    if (!state) throw new BrokenPromise("a run that was created has no events");
    const at = this.#site.clock.now();
    const inputs: Input[] = [{ type: "recover", at }];
    if (state.paused) inputs.push({ type: "resume", at });
    if (isFinal(state.status) && state.status !== "completed" && this.#restarts > 0) {
      this.#restarts -= 1;
      inputs.push(this.#restart(state, at));
    }
    const first = inputs.flatMap((input) => advance(state, input));
    await log.append(first, { status: state.status });
    return { log, state, first };
  }

  #restart(state: RunState, at: number): Input {
    const { dice } = this.#site;
    const node = dice.chance(0.3)
      ? [...state.byAddress.values()][dice.below(state.byAddress.size)]
      : undefined;
    const limits = { costUsd: 1e6, tokens: 1e9, agents: 1e5, timeMs: 1e10 };
    return { type: "restart", at, overrides: { limits }, ...(node ? { from: node.address } : {}) };
  }

  #start(store: MemoryStore, { log, state, first }: Held): Process {
    const remember = (address: string): void =>
      void loop.whileTelling(this.#site.notes.remember(state, address));
    const loop: RunLoop = new RunLoop(
      {
        log,
        state,
        clock: lateClock(this.#site),
        perform: performerOf(this.#site),
        onEvents: (events) => {
          for (const event of events)
            if (event.type === "node.ended" && state.unwritten.has(event.address)) remember(event.address);
        },
        onBegun: () => {
          for (const address of state.unwritten.keys()) remember(address);
        },
      },
      first,
    );
    const done = loop.run().then(
      (back): ProcessEnd => ({ back }),
      (error: unknown): ProcessEnd => ({ error }),
    );
    const process: Process = { store, loop, done };
    void done.then((end) => (process.end = end));
    return process;
  }

  /** Lets time go by until the process is over, one way or another. */
  async #drive(process: Process): Promise<ProcessEnd> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      await calm();
      if (process.end) return process.end;
      if (strikes(this.#site, 0.02)) return this.#cutPower(process);
      if (strikes(this.#site, 0.01)) return this.#replace(process);
      await this.#disturb(process);
      await calm();
      this.#pass();
    }
    throw new BrokenPromise(`the loop never ends: the run is ${process.loop.state.status}`);
  }

  #cutPower(process: Process): ProcessEnd {
    process.store.kill();
    process.loop.stop("the power was cut");
    return { error: new SimulatedCrash() };
  }

  /** The process was stopped for longer than its lease holds; another one takes the run over while it goes on. */
  #replace(process: Process): ProcessEnd {
    process.store.lapse();
    this.#replaced.push(process);
    return { error: new SimulatedCrash() };
  }

  async #disturb({ loop }: Process): Promise<void> {
    const { dice, clock, results, atWork } = this.#site;
    const old = dice.chance(0.05) ? results[dice.below(results.length)] : undefined;
    // what an earlier process came to does not come while its work is done again in the same tree
    if (old && !atWork.has(old.effect)) loop.post({ type: "outcome", ...old, at: clock.now() });
    if (strikes(this.#site, 0.02)) await this.#send({ type: "pause", at: clock.now() });
    if (dice.chance(0.02)) await this.#send({ type: "signal", name: "go", payload: "sent", at: clock.now() });
    if (this.#kind === "any" && strikes(this.#site, 0.005))
      await this.#send({ type: "cancel", at: clock.now() });
    if (strikes(this.#site, 0.005)) loop.stop("Ctrl-C");
    if (dice.chance(0.05)) await this.#say(loop.state);
  }

  /** Somebody answers what is asked, perhaps after its deadline, which may not have been seen to pass. */
  async #say(state: RunState): Promise<void> {
    const said = this.#answerTo([...state.live]);
    if (said) await this.#send({ ...said, at: this.#site.clock.now() });
  }

  async #send(input: Input): Promise<void> {
    if (input.type === "answer") this.#said.push(input);
    await this.#outside.runs.post(simulatedRun, input);
  }

  /** Time goes on to the next timer; or the loop hangs. */
  #pass(): void {
    const { clock } = this.#site;
    const next = clock.nextDueAt();
    if (next !== undefined) clock.advance(Math.max(0, next - clock.now()));
  }

  /** Does what the run says it waits for. */
  async #help(state: RunState): Promise<void> {
    const at = this.#site.clock.now();
    const named = new Set(explain(state).map(({ address }) => address));
    const nodes = [...state.live].filter((node) => named.has(node.address));
    const asking = nodes.find((node) => node.phase === "asking");
    const waiting = nodes.find((node) => node.phase === "waiting" && node.signal !== undefined);
    const value = this.#site.dice.chance(0.5) ? "fail" : "rerun";
    const said = this.#answerTo(nodes);
    const { child } = nodes.find((node) => node.phase === "waiting" && node.child?.status) ?? {};
    if (child) return this.#wake(child.id);
    if (said) await this.#send({ ...said, at });
    else if (asking) await this.#send({ type: "answer", address: asking.address, value, at });
    else if (waiting?.signal !== undefined)
      await this.#send({ type: "signal", name: waiting.signal, payload: "sent", at });
    else if (!state.paused && state.status === "waiting")
      throw new BrokenPromise("the run waits and does not say for what");
  }

  /** A run that does a step went on without this one. */
  async #wake(child: string): Promise<void> {
    const { clock } = this.#site;
    clock.advance(childTurnMs);
    await this.#send({ type: "child", child, at: clock.now() });
  }

  #answerTo(nodes: readonly NodeState[]): ReturnType<typeof randomAnswer> {
    const asked = nodes.find(({ ask, phase }) => ask && phase === "waiting");
    return asked && randomAnswer(asked, this.#site.dice);
  }

  /** A process that lost its lease must find out, and may not have changed anything. */
  async #waitForReplaced(): Promise<void> {
    for (const process of this.#replaced) {
      for (let turn = 0; !process.end; turn += 1) {
        if (turn > mostTurns) throw new BrokenPromise("a process that lost its lease goes on for ever");
        await calm();
        this.#pass();
      }
      this.#count(process.end);
    }
  }

  #count(end: ProcessEnd): void {
    const name = "back" in end ? (end.back.stopped ? "stopped" : end.back.status) : nameOf(end.error);
    this.ends.set(name, (this.ends.get(name) ?? 0) + 1);
  }
}

interface Held {
  readonly log: RunLog;
  readonly state: RunState;
  readonly first: readonly Event[];
}

/** The name of an end that a process may have; every other error is a fault. */
function nameOf(error: unknown): string {
  if (error instanceof SimulatedCrash) return "crash";
  for (const code of ["LEASE_LOST", "STORE_FULL", "RUN_OWNED"] as const)
    if (isTuttiError(error, code)) return code;
  throw error instanceof BrokenPromise ? error : new BrokenPromise(messageOf(error), { cause: error });
}
