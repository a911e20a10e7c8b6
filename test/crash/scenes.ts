import type { Event } from "../../src/core/events.ts";
import { runTutti } from "./binary.ts";
import type { Found } from "./evidence.ts";
import type { Project } from "./project.ts";

/** A state of a run in which it is killed, again and again, and what it has to come to. */
export interface Scene {
  readonly files: Readonly<Record<string, object>>;
  /** What `run` and `resume` are given besides. */
  readonly flags?: readonly string[];
  /** The status in which it is killed. */
  readonly during: string;
  /** How long after it came there; ms. */
  readonly withinMs: number;
  /** What brings it to its state, if it does not come there by itself. */
  readonly lead?: (project: Project, found: Found) => Promise<void>;
  readonly ends: { readonly status: string; readonly files: Readonly<Record<string, string>> };
  /** What brings it to its end after the last kill, if that is more than to resume it. */
  readonly finish?: (project: Project, found: Found) => Promise<void>;
  /** What else has to hold. */
  readonly check: (events: readonly Event[]) => readonly string[];
}

const undone = ["a", "g/b", "l#1/c", "l#2/c"];

/** Four steps that are undone, one that is not, and one that fails. */
const compensating: Scene = {
  files: {
    "workflow.json": {
      name: "compensating",
      chain: [
        { name: "a", run: "./work a 0 =", undo: "./unwork a 0.2" },
        { name: "kept", run: "./work kept 0 =" },
        { name: "g", steps: [{ name: "b", run: "./work b 0 =", undo: "./unwork b 0.1" }] },
        {
          name: "l",
          repeat: { max: 2 },
          steps: [
            {
              name: "c",
              run: "./work c${{ l.round }} 0 =",
              undo: { run: "./unwork c${{ l.round }} 0.2", retry: 1 },
            },
          ],
        },
        { name: "z", run: "false" },
      ],
    },
    "mock.json": {},
  },
  during: "compensating",
  withinMs: 350,
  ends: { status: "failed", files: { kept: "kept\n=\n" } },
  check: (events) => {
    const begun = events.flatMap((event) => (event.type === "undo.started" ? [event.address] : []));
    const ended = events.flatMap((event) =>
      event.type === "node.ended" && event.address.endsWith("~undo") ? [`${event.address} ${event.end}`] : [],
    );
    const wanted = undone.toReversed();
    const good = wanted.map((address) => `${address}~undo verified`);
    return [...differ("undone", begun, wanted), ...differ("ended", ended, good)];
  },
};

const quotaMs = 1500;

/** Waits for a person, for a time, and for a quota, all at once. */
const parked: Scene = {
  files: {
    "workflow.json": {
      name: "parked",
      workspace: "none",
      chain: [
        {
          name: "all",
          parallel: "all",
          steps: [
            { name: "sign", approval: "ship?", deadline: "1h" },
            { name: "nap", wait: "1500ms" },
            { name: "limited", agent: "mock", prompt: "write" },
          ],
        },
        { name: "done", run: "./work done 0 =" },
      ],
    },
    "mock.json": {
      rules: [{ step: "all/limited", attempt: 1, fail: { class: "quota", reset: `${quotaMs / 1000}s` } }],
    },
  },
  // else no process stays when only the person is waited for
  flags: ["--wait"],
  during: "waiting",
  withinMs: 400,
  ends: { status: "completed", files: { done: "done\n=\n" } },
  finish: async (project, { runId }) => {
    const { exitCode, stderr } = await runTutti(project, ["approve", runId, "all/sign", "--as", "ann"]);
    if (exitCode !== 0) throw new Error(`approve ended with ${exitCode}: ${stderr}`);
  },
  check: (events) => {
    const asked = startsOf(events, "all/limited");
    const answers = events.filter(({ type }) => type === "ask.answered").length;
    const early = (asked[1] ?? Number.POSITIVE_INFINITY) - (asked[0] ?? 0) < quotaMs;
    return [
      ...(asked.length === 2 && !early
        ? []
        : [`asked at ${asked.join(", ")}, the quota is over after ${quotaMs} ms`]),
      ...(answers === 1 ? [] : [`${answers} answers`]),
    ];
  },
};

/** Two steps side by side that outlive the process, a gate, and one step after them. */
const slow = {
  name: "slow",
  chain: [
    {
      name: "both",
      parallel: "all",
      steps: [
        { name: "a", run: "./work a 0.3 =", gates: [{ run: "./check a" }] },
        { name: "b", run: "./work b 0.6 =" },
      ],
    },
    { name: "c", run: "./work c 0.3 a b =" },
  ],
};

const slowFiles = { a: "a\n=\n", b: "b\n=\n", c: "c\na\n=\nb\n=\n=\n" };

/** Killed as the next process takes it over. */
const recovering: Scene = {
  files: { "workflow.json": slow, "mock.json": {} },
  during: "recovering",
  withinMs: 60,
  ends: { status: "completed", files: slowFiles },
  check: () => [],
};

const letters = ["a", "b", "c", "d", "e", "f"];

/** Paused from another process, and killed while what runs is left to end. */
const paused: Scene = {
  files: {
    "workflow.json": {
      name: "paused",
      chain: letters.map((name) => ({ name, run: `./work ${name} 0.7 =` })),
    },
    "mock.json": {},
  },
  during: "paused",
  withinMs: 200,
  lead: async (project, { runId }) => {
    await runTutti(project, ["pause", runId]);
  },
  ends: { status: "completed", files: Object.fromEntries(letters.map((name) => [name, `${name}\n=\n`])) },
  check: () => [],
};

/** Decisions, rounds, items, a judge, a fallback, another workflow inside and one as a run of its own. */
const executing: Scene = {
  files: {
    "workflow.json": {
      name: "executing",
      chain: [
        {
          name: "way",
          flow: {
            conditions: [{ if: "run.name == 'executing'", then: [{ name: "y", run: "./work y 0.1 =" }] }],
          },
        },
        {
          name: "l",
          repeat: { max: 3 },
          steps: [{ name: "r", run: "./work r${{ l.round }} 0.1 =" }],
        },
        {
          name: "all",
          for_each: { items: "${ [1, 2, 3, 4, 5] }", concurrency: 2 },
          steps: [{ name: "i", run: "./work i${{ item }} 0.1 =" }],
        },
        {
          name: "risky",
          run: "false",
          error_strategy: { fallback: "spare" },
        },
        { name: "spare", run: "./work spare 0.1 =" },
        { name: "judged", run: "./work judged 0.1 =", gates: [{ judge: "it is done" }] },
        { name: "inside", workflow: "other.json", with: { n: 1 } },
        { name: "own", workflow: "other.json", mode: "child", with: { n: 2 } },
      ],
    },
    "other.json": {
      name: "other",
      inputs: { n: "integer" },
      chain: [
        { name: "first", run: "./work o${{ inputs.n }} 0.1 =" },
        { name: "second", run: "./work p${{ inputs.n }} 0.1 o${{ inputs.n }} =" },
      ],
    },
    "mock.json": {},
  },
  during: "executing",
  withinMs: 900,
  ends: {
    status: "degraded",
    files: {
      ...Object.fromEntries(
        ["y", "r1", "r2", "r3", "i1", "i2", "i3", "i4", "i5", "spare", "judged", "o1", "o2"].map((name) => [
          name,
          `${name}\n=\n`,
        ]),
      ),
      p1: "p1\no1\n=\n=\n",
      p2: "p2\no2\n=\n=\n",
    },
  },
  check: () => [],
};

const items = [1, 2, 3, 4, 5];
const written = items.flatMap((item) => (item <= 2 ? [`n${item}`, `f${item}`] : [`n${item}`]));

/** Items, two of which the first way cannot do, so that the next is taken; no more than two are on a way at once. */
const relaying: Scene = {
  files: {
    "workflow.json": {
      name: "relaying",
      chain: [
        {
          name: "all",
          for_each: { items, concurrency: 4 },
          steps: [
            {
              name: "turn",
              switch: {
                balance: true,
                on_failure: "next",
                cases: {
                  near: {
                    when: "true",
                    at_once: 2,
                    steps: [
                      { name: "work", run: "./work n${{ item }} 0.1 =" },
                      { name: "fit", run: "sleep 0.1; test ${{ item }} -gt 2" },
                    ],
                  },
                  far: {
                    when: "turn.tried.exists(one, one.way == 'near')",
                    at_once: 1,
                    steps: [{ name: "work", run: "./work f${{ item }} 0.2 =" }],
                  },
                },
              },
            },
          ],
        },
      ],
    },
    "mock.json": {},
  },
  during: "executing",
  withinMs: 500,
  ends: { status: "completed", files: Object.fromEntries(written.map((name) => [name, `${name}\n=\n`])) },
  check: (events) => {
    const decided = events.flatMap((event) =>
      event.type === "branch.decided" ? [`${event.address} ${event.way}`] : [],
    );
    const ways = items.flatMap((item) => (item <= 2 ? [`${item} near`, `${item} far`] : [`${item} near`]));
    const wanted = ways.map((way) => way.replace(/^\d/, (item) => `all[${Number(item) - 1}]/turn`));
    return differ("decided", decided.toSorted(), wanted.toSorted());
  },
};

/**
 * The states in which a run stays for a time. `initializing` and `completing` begin and end within one append to the log, so
 * that no process can die in them.
 */
export const scenes = {
  executing,
  relaying,
  recovering,
  paused,
  compensating,
  parked,
} as const satisfies Record<string, Scene>;

function differ(what: string, found: readonly string[], wanted: readonly string[]): readonly string[] {
  return found.join() === wanted.join() ? [] : [`${what}: ${found.join(", ")}; not ${wanted.join(", ")}`];
}

function startsOf(events: readonly Event[], address: string): readonly number[] {
  return events.flatMap((event) =>
    event.type === "attempt.started" && event.address === address ? [event.at] : [],
  );
}
