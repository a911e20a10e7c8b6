import { assert, array, constantFrom, nat, property, record as recordOf } from "fast-check";
import { describe, expect, it } from "vitest";
import type { BreakerDecision, BreakerRecord } from "../../ports/breaker-store.ts";
import { askBreakers, defaultBreaker, tellBreakers, type Attempted, type Verdicts } from "./breaker.ts";

const agent = "agent a";
const command = "command /fix";
const { resetMs } = defaultBreaker;

/** Breakers with a clock of their own; every attempt has another name. */
class Bench {
  readonly records = new Map<string, BreakerRecord>();
  at = 1_000_000;
  count = 0;

  private decide<T>(decision: BreakerDecision<T>): T {
    const { value, put = [], remove = [] } = decision((key) => this.records.get(key));
    for (const key of remove) {
      if (!this.records.delete(key)) throw new Error(`${key} was not there`);
    }
    for (const record of put) this.records.set(record.key, record);
    return value;
  }

  attempted(over: Partial<Attempted> = {}): Attempted {
    this.count += 1;
    const { at } = this;
    return { by: `r ${this.count}`, subjects: [agent], at, policy: defaultBreaker, ...over };
  }

  ask(attempted: Attempted) {
    return this.decide(askBreakers({ ...attempted, at: this.at }));
  }

  tell(attempted: Attempted, verdicts: Partial<Verdicts>): void {
    const whole = { conclusive: true, good: [], bad: [], ...verdicts };
    this.decide(tellBreakers({ ...attempted, at: this.at }, whole));
  }

  /** Asks and, when let through, fails. */
  fail(over: Partial<Attempted> = {}, verdicts: Partial<Verdicts> = {}) {
    const attempted = this.attempted(over);
    const refusal = this.ask(attempted);
    if (!refusal) this.tell(attempted, { bad: attempted.subjects, message: "down", ...verdicts });
    return refusal;
  }

  failTimes(times: number, over: Partial<Attempted> = {}): void {
    for (let n = 0; n < times; n += 1) if (this.fail(over)) throw new Error(`refused after ${n}`);
  }
}

describe("a circuit breaker", () => {
  it("opens after exactly five failures in a row, and says until when", () => {
    const bench = new Bench();
    bench.failTimes(5);
    expect(bench.fail()).toEqual({ key: agent, failures: 5, until: bench.at + resetMs, message: "down" });
  });

  it("stays closed when a success comes between", () => {
    const bench = new Bench();
    bench.failTimes(4);
    bench.tell(bench.attempted(), { good: [agent] });
    bench.failTimes(4);
    expect(bench.ask(bench.attempted())).toBeUndefined();
  });

  it("forgets failures that are older than a day", () => {
    const bench = new Bench();
    bench.failTimes(4);
    bench.at += 86_400_001;
    bench.failTimes(4);
    expect(bench.ask(bench.attempted())).toBeUndefined();
  });

  it("lets one through when its time has come, and the others look again while that one is at work", () => {
    const bench = new Bench();
    bench.failTimes(5);
    bench.at += resetMs;
    const probe = bench.attempted();
    expect(bench.ask(probe)).toBeUndefined();
    expect(bench.ask(bench.attempted())).toMatchObject({ until: bench.at + resetMs / 5 });
    expect(bench.ask(probe)).toBeUndefined();
    bench.at += resetMs - 1;
    expect(bench.ask(bench.attempted())).toMatchObject({ until: bench.at + 1 });
  });

  it("closes when the probe goes well, and opens for the whole time again when it fails", () => {
    const bench = new Bench();
    bench.failTimes(5);
    bench.at += resetMs;
    expect(bench.fail()).toBeUndefined();
    expect(bench.fail()).toMatchObject({ until: bench.at + resetMs });
    bench.at += resetMs;
    const probe = bench.attempted();
    expect(bench.ask(probe)).toBeUndefined();
    bench.tell(probe, { good: [agent] });
    expect(bench.records.size).toBe(0);
  });

  it("lets another one try when the probe told nothing, or never came back", () => {
    const bench = new Bench();
    bench.failTimes(5);
    bench.at += resetMs;
    const first = bench.attempted();
    expect(bench.ask(first)).toBeUndefined();
    bench.tell(first, { conclusive: false });
    expect(bench.ask(bench.attempted())).toBeUndefined();
    expect(bench.ask(bench.attempted())).toBeDefined();
    bench.at += resetMs;
    expect(bench.ask(bench.attempted())).toBeUndefined();
  });

  it("takes nothing new from those that had begun before it opened", () => {
    const bench = new Bench();
    const early = bench.attempted();
    const late = bench.attempted();
    bench.failTimes(5);
    const until = bench.at + resetMs;
    bench.at += 1000;
    bench.tell(early, { bad: [agent] });
    expect(bench.ask(bench.attempted())).toMatchObject({ until });
    bench.at = until + 1;
    bench.tell(late, { bad: [agent] });
    expect(bench.ask(bench.attempted())).toMatchObject({ until: bench.at + resetMs });
  });

  it("holds up only what uses it, and takes no probe of one while another is shut", () => {
    const bench = new Bench();
    bench.failTimes(5, { subjects: [agent] });
    bench.at += 1000;
    bench.failTimes(5, { subjects: [command] });
    expect(bench.ask(bench.attempted({ subjects: ["agent b", "command /look"] }))).toBeUndefined();
    bench.at += resetMs - 1000;
    expect(bench.ask(bench.attempted({ subjects: [agent, command] }))).toMatchObject({ key: command });
    expect(bench.ask(bench.attempted({ subjects: [agent] }))).toBeUndefined();
  });
});

describe("the breaker of a failure", () => {
  const signature = "failure f";
  const work = (n: number) => ({ subjects: [], work: `work ${n}` });

  it("opens when the same failure ends five works in a row, and holds those up that ended with it", () => {
    const bench = new Bench();
    for (let n = 0; n < 5; n += 1) expect(bench.fail(work(n), { signature })).toBeUndefined();
    expect(bench.ask(bench.attempted(work(0)))).toMatchObject({ key: signature });
    expect(bench.ask(bench.attempted(work(9)))).toBeUndefined();
    bench.at += resetMs;
    const probe = bench.attempted(work(1));
    expect(bench.ask(probe)).toBeUndefined();
    expect(bench.ask(bench.attempted(work(0)))).toMatchObject({ key: signature });
    bench.tell(probe, {});
    expect([bench.records.has(signature), bench.records.has("work 1")]).toEqual([false, false]);
    expect(bench.ask(bench.attempted(work(0)))).toBeUndefined();
  });

  it("stays shut when its probe ends with it again, and is free when it ended with nothing", () => {
    const bench = new Bench();
    for (let n = 0; n < 5; n += 1) bench.fail(work(n), { signature });
    bench.at += resetMs;
    expect(bench.fail(work(1), { signature })).toBeUndefined();
    expect(bench.ask(bench.attempted(work(0)))).toMatchObject({ until: bench.at + resetMs });
    bench.at += resetMs;
    const probe = bench.attempted(work(2));
    expect(bench.ask(probe)).toBeUndefined();
    bench.tell(probe, { conclusive: false });
    expect(bench.ask(bench.attempted(work(3)))).toBeUndefined();
  });
});

describe("a quota", () => {
  const quota = "quota a";

  it("lets nobody through before its reset, whoever asks, and all of them after it", () => {
    const bench = new Bench();
    const late = bench.attempted({ quota });
    bench.tell(bench.attempted({ quota }), {
      conclusive: false,
      quotaUntil: bench.at + 5000,
      message: "limit",
    });
    bench.tell(late, { good: [agent] });
    const refused = { key: quota, failures: 1, until: bench.at + 5000, message: "limit" };
    expect(bench.ask(bench.attempted({ quota }))).toEqual(refused);
    bench.tell(bench.attempted({ quota }), { conclusive: false, quotaUntil: bench.at + 1 });
    expect(bench.ask(bench.attempted({ quota }))).toEqual(refused);
    expect(bench.ask(bench.attempted())).toBeUndefined();
    bench.at += 5000;
    expect(bench.ask(bench.attempted({ quota }))).toBeUndefined();
    expect(bench.ask(bench.attempted({ quota }))).toBeUndefined();
    bench.tell(bench.attempted({ quota }), { good: [agent] });
    expect(bench.records.size).toBe(0);
  });
});

describe("breakers", () => {
  it("never let two attempts try an open one at once, and always let one try in the end", () => {
    const step = recordOf({ wait: nat(resetMs), end: constantFrom("good", "bad", "none", "never") });
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const bench = new Bench();
        bench.failTimes(5);
        let trying: number | undefined;
        for (const { wait, end } of steps) {
          bench.at += wait;
          const open = bench.records.get(agent)?.openUntil !== undefined;
          const attempted = bench.attempted();
          if (bench.ask(attempted)) continue;
          expect(open ? (trying ?? 0) : 0).toBeLessThanOrEqual(bench.at);
          trying = open && end === "never" ? bench.at + resetMs : undefined;
          if (end === "never") continue;
          const verdict = { good: { good: [agent] }, bad: { bad: [agent] }, none: { conclusive: false } }[
            end
          ];
          bench.tell(attempted, verdict);
        }
        bench.at += 2 * resetMs;
        expect(bench.ask(bench.attempted())).toBeUndefined();
      }),
    );
  });
});
