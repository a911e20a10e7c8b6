import { describe, expect, it, vi } from "vitest";
import type { RunOverrides } from "../src/core/events.ts";
import { isTuttiError } from "../src/errors.ts";
import type { RunResult } from "../src/verbs/run-handle.ts";
import type { Tutti } from "../src/verbs/tutti.ts";
import { opened } from "./child-project.ts";

const mock = { rules: [{ cost: 0.4 }] };

const kid = `
name: kid
limits: {cost: 2 USD}
inputs: {n: integer}
chain:
  - {name: w, prompt: "w \${ inputs.n }", agent: mock, expect: {cost: 0.40 USD}}
  - {name: v, prompt: "v", agent: mock, expect: {cost: 0.40 USD}}
`;

const parent = `
name: parent
limits: {cost: 1 USD}
chain:
  - {name: k1, workflow: ./kid.yaml, with: {n: 1}, mode: child}
  - {name: k2, workflow: ./kid.yaml, with: {n: 2}, mode: child}
`;

/** The same one run further out. */
const middle = parent.replace("name: parent\nlimits: {cost: 1 USD}", "name: middle");
const outer = `
name: parent
limits: {cost: 1 USD}
chain: [{name: m, workflow: ./middle.yaml, mode: child}]
`;

async function stopped(files: Record<string, string>) {
  const { tutti, load } = await opened(files, { mock });
  const { id, status } = await (await tutti.start(await load())).done;
  expect(status).toBe("failed");
  expect((await tutti.show(id)).ledger.costUsd).toBeCloseTo(0.8);
  return { tutti, id };
}

async function refusal(tutti: Tutti, id: string, overrides: RunOverrides) {
  try {
    await (
      await tutti.resume(id, { overrides })
    ).done;
    return "none";
  } catch (error) {
    if (isTuttiError(error)) return [error.code, error.message, error.fix].join(" | ");
    throw error;
  }
}

async function resumed(tutti: Tutti, id: string, overrides?: RunOverrides): Promise<RunResult> {
  return (await tutti.resume(id, overrides ? { overrides } : {})).done;
}

const fixOfRun = async (tutti: Tutti, id: string) =>
  (await tutti.why(id)).find(({ address }) => address === "")?.fix;

describe("a run inside another that goes on by itself", () => {
  it("gets no higher cap than those around it leave, and it is said where one is raised", async () => {
    const { tutti, id } = await stopped({ "parent.yaml": parent, "kid.yaml": kid });
    const raise = `tutti resume ${id} --limit cost=1.20USD`;
    expect(await refusal(tutti, `${id}.2`, { limits: { costUsd: 5 } })).toBe(
      `LIMIT_REACHED | Cannot raise the cap on cost of run "${id}.2" to $5.00: run ${id}, which it is inside of, ` +
        `leaves it no more than $0.20 | ${raise}`,
    );
    expect(await refusal(tutti, `${id}.2`, { limitMode: "audit" })).toContain(
      `tutti resume ${id} --budget audit`,
    );
    expect(await refusal(tutti, `${id}.2`, { limits: { tokens: 9_999_999 } })).toContain("--limit tokens=");
    expect(await refusal(tutti, `${id}.2`, { limits: { agents: 500 } })).toContain("--limit agents=");
    expect(await refusal(tutti, `${id}.2`, { limits: { timeMs: 1e9 } })).toContain("--limit time=");
    expect((await resumed(tutti, `${id}.2`, { limits: { costUsd: 0.2 } })).status).toBe("failed");
    expect((await tutti.show(`${id}.2`)).ledger.costUsd).toBe(0);
    expect(await fixOfRun(tutti, `${id}.2`)).toBe(raise);
    expect(await fixOfRun(tutti, id)).toBe(raise);
    const more = await resumed(tutti, id, { limits: { costUsd: 1.2 } });
    expect(more.view.ledger.costUsd).toBeCloseTo(1.2);
    expect((await tutti.audit()).findings).toEqual([]);
  });

  it("asks the runs further out as well", async () => {
    const { tutti, id } = await stopped({ "parent.yaml": outer, "middle.yaml": middle, "kid.yaml": kid });
    const raise = `tutti resume ${id} --limit cost=1.20USD`;
    for (const inside of [`${id}.1`, `${id}.1.2`]) {
      expect(await refusal(tutti, inside, { limits: { costUsd: 5 } })).toContain(`| ${raise}`);
      expect(await fixOfRun(tutti, inside)).toBe(raise);
    }
  });

  it("spends what the runs around it have, which see it at once and count it when they go on", async () => {
    const asking = kid.replace("chain:\n", "chain:\n  - {name: ok, approval: go on?}\n");
    const both = parent.replace(
      /chain:[^]*$/,
      `chain:
  - name: g
    parallel: all
    steps:
      - {name: k1, workflow: ./kid.yaml, with: {n: 1}, mode: child}
      - {name: k2, workflow: ./kid.yaml, with: {n: 2}, mode: child}
      - {name: ok, approval: and this?}
`,
    );
    const { tutti, load } = await opened({ "parent.yaml": both, "kid.yaml": asking }, { mock });
    const handle = await tutti.start(await load(), { stayMs: 0 });
    const { id } = await handle.done;
    // nobody drives the run around them
    await alone(tutti, `${id}.1`);
    expect((await tutti.show(`${id}.1`)).ledger.costUsd).toBeCloseTo(0.8);
    expect((await tutti.show(id)).ledger.costUsd).toBeCloseTo(0.8);
    await alone(tutti, `${id}.2`);
    expect((await tutti.show(`${id}.2`)).ledger.costUsd).toBe(0);
    const end = await (await tutti.resume(id, { stayMs: 0 })).done;
    expect(end.view.ledger.costUsd).toBeCloseTo(0.8);
    expect((await tutti.audit()).findings).toEqual([]);
  });

  it("leaves what is around it to the process that drives it", async () => {
    const asking = kid
      .replace("chain:\n", "chain:\n  - {name: ok, approval: go on?}\n")
      .replace("{name: w,", "{name: w, depends_on: [ok],")
      .replace("{name: v,", "{name: v, depends_on: [w],");
    const slow = `
name: parent
limits: {cost: 1 USD}
chain:
  - name: g
    parallel: all
    steps:
      - {name: k1, workflow: ./slow.yaml, mode: child}
      - {name: k2, workflow: ./kid.yaml, with: {n: 2}, mode: child}
`;
    const files = {
      "parent.yaml": slow,
      "kid.yaml": asking,
      "slow.yaml": "name: slow\nchain: [{name: s, prompt: s, agent: mock, expect: {cost: 0.80 USD}}]\n",
    };
    const { tutti, load, open } = await opened(files, {
      mock: { rules: [{ step: "s", delay: "20s", cost: 0.8 }, ...mock.rules] },
    });
    const handle = await tutti.start(await load());
    const asked = await vi.waitFor(async () => {
      const [, k1, k2] = (await tutti.show(handle.id)).nodes;
      expect(k2).toMatchObject({ status: "waiting", child: { status: "waiting" } });
      expect((await tutti.show(k1?.child?.id ?? "")).nodes[0]?.status).toBe("running");
      return k2?.child?.id ?? "";
    }, 10_000);
    const another = await open();
    await expect(another.resume(asked)).rejects.toMatchObject({
      code: "RUN_OWNED",
      fix: expect.stringContaining(handle.id),
    });
    handle.cancel("it is enough");
    await handle.done;
  });

  it("excludes another beside it, so that what is left is spent once", async () => {
    const { tutti, load, open } = await opened(
      { "parent.yaml": parent.replaceAll("1 USD", "0.45 USD"), "kid.yaml": kid },
      { mock },
    );
    const { id } = await (await tutti.start(await load())).done;
    const asked = await Promise.allSettled(
      [1, 2].map(async (number) => {
        const other = await open();
        const handle = await other.resume(`${id}.${number}`, { stayMs: 0 });
        return handle.done;
      }),
    );
    expect(asked.some(({ status }) => status === "fulfilled")).toBe(true);
    expect((await tutti.show(id)).ledger.costUsd).toBeCloseTo(0.4);
  });

  it("is seen and counted by a run around it that has ended", async () => {
    const failing = kid.replace(
      "  - {name: v,",
      "  - {name: f, function: fails, depends_on: [w]}\n  - {name: v, depends_on: [f],",
    );
    let times = 0;
    const functions = {
      fails: () => {
        times += 1;
        if (times === 1) throw new Error("not yet");
        return null;
      },
    };
    const files = { "parent.yaml": parent.replace(/ {2}- \{name: k2.*\n/, ""), "kid.yaml": failing };
    const { tutti, load } = await opened(files, { mock, functions });
    const { id, status, view } = await (await tutti.start(await load())).done;
    expect([status, view.ledger.costUsd]).toEqual(["failed", 0.4]);
    expect((await resumed(tutti, `${id}.1`)).status).toBe("completed");
    expect((await tutti.show(id)).ledger.costUsd).toBeCloseTo(0.8);
    const { status: end, view: after } = await resumed(tutti, id);
    expect([end, after.ledger.agents]).toEqual(["completed", 2]);
    expect(after.ledger.costUsd).toBeCloseTo(0.8);
    const events = await tutti.events(id);
    const counted = events.findIndex(({ type, at }) => type === "child.spent" && at > view.updatedAt);
    expect(counted).toBeLessThan(events.findIndex(({ type }) => type === "run.restarted"));
    expect((await tutti.audit()).findings).toEqual([]);
  });
});

/** Answers what the run asks and drives it alone. */
async function alone(tutti: Tutti, id: string): Promise<void> {
  const handle = await tutti.resume(id, { stayMs: 0 });
  handle.answer("ok", true);
  await handle.done;
}
