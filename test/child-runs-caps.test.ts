import { array, assert, asyncProperty, integer, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { opened } from "./child-project.ts";

/** Runs that ask agents in turn, each at this many cents, as predicted. */
const asking = (name: string, cents: readonly number[]) => `
name: ${name}
chain:
${cents
  .map(
    (cost, index) =>
      `  - {name: s${index}, prompt: "${name} cents-${cost}-", agent: mock, expect: {cost: ${cost / 100} USD}}`,
  )
  .join("\n")}
`;

interface Plan {
  readonly children: readonly (readonly number[])[];
  readonly limits: string;
  readonly block?: string;
  /** A failure ends the block. */
  readonly strict?: true;
}

function filesOf({ children, limits, block, strict }: Plan): Record<string, string> {
  const calls = children.map(
    (_, index) => `      - {name: c${index}, workflow: ./c${index}.yaml, mode: child}`,
  );
  const parent = `
name: parent
limits: ${limits}
chain:
  - name: all
    parallel: all
    error_strategy: ${strict ? "stop" : "continue_on_failure"}
${block === undefined ? "" : `    limits: ${block}\n`}    steps:
      - {name: own, prompt: "own cents-10-", agent: mock, expect: {cost: 0.1 USD}}
${calls.join("\n")}
`;
  const files = children.map((cents, index) => [`c${index}.yaml`, asking(`c${index}`, cents)]);
  return { "parent.yaml": parent, ...Object.fromEntries(files) };
}

/** Each call takes some time, so that many are under way. */
function priced(children: readonly (readonly number[])[]) {
  const cents = [...new Set([10, ...children.flat()])];
  const rules = cents.map((cost) => ({
    prompt: `cents-${cost}-`,
    delay: `${1 + (cost % 5)}ms`,
    cost: cost / 100,
  }));
  return { rules };
}

async function ran(plan: Plan) {
  const { tutti, load } = await opened(filesOf(plan), { mock: priced(plan.children) });
  return (await tutti.start(await load())).done;
}

const exactUsd = 1e-6;
const three = [30, 30];

describe("runs side by side inside another, with right predictions", () => {
  it("never pass the caps of the run, or of a block around them, on money and agents", async () => {
    const plans = record({
      children: array(array(integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }), {
        minLength: 2,
        maxLength: 5,
      }),
      cents: integer({ min: 10, max: 150 }),
      agents: integer({ min: 1, max: 8 }),
      isBlock: integer({ min: 0, max: 1 }),
    });
    await assert(
      asyncProperty(plans, async ({ children, cents, agents, isBlock }) => {
        const caps = `{cost: ${cents / 100} USD, agents: ${agents}}`;
        const limits = isBlock === 1 ? { limits: "{cost: 50 USD}", block: caps } : { limits: caps };
        const { view, status } = await ran({ children, ...limits });
        expect(view.ledger.costUsd).toBeLessThanOrEqual(cents / 100 + exactUsd);
        expect(view.ledger.agents).toBeLessThanOrEqual(agents);
        expect(["completed", "degraded", "failed"]).toContain(status);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it("use what there is: one waits for those under way, and goes on when they leave room", async () => {
    const children = [three, three, three, three];
    const { view } = await ran({ children, limits: "{cost: 1.35 USD}" });
    expect(view.ledger.costUsd).toBeCloseTo(1.3);
  });

  it("stop the run around them at its own cap, which then ends as its workflow says", async () => {
    const plan: Plan = {
      children: [three, three, three],
      limits: "{cost: 1 USD, on_limit: degrade}",
      strict: true,
    };
    const { status, view } = await ran(plan);
    expect(status).toBe("degraded");
    expect(view.reason).toContain("of $1.00");
    const failing = await ran({ ...plan, limits: "{cost: 1 USD}" });
    expect(failing.status).toBe("failed");
    expect(failing.view.reason).toContain("of $1.00");
  });

  it.each([
    ["", ", limits: {cost: 0.15 USD}", 'the `limits` of the workflow "c0"'],
    ["{cost: 0.35 USD}", "", 'the `limits` of "all"'],
  ])("fail with what to raise where, in the file: %#", async (block, own, where) => {
    const files = filesOf({ children: [three], limits: "{cost: 5 USD}", ...(block ? { block } : {}) });
    const child = files["c0.yaml"]?.replace("name: c0\n", `name: c0\n${own.slice(2)}\n`) ?? "";
    const { tutti, load } = await opened({ ...files, "c0.yaml": child }, { mock: priced([three]) });
    const { id, view } = await (await tutti.start(await load())).done;
    const failed = view.nodes.find(({ address }) => address === "all/c0");
    expect(failed?.failure).toMatchObject({
      code: "LIMIT_REACHED",
      fix: expect.stringContaining(where) as string,
    });
    const [ofRun] = await tutti.why(id);
    expect(ofRun?.fix).toBe(`tutti resume ${id} --update`);
  });

  it("stop all runs around them up to the one whose cap it is", async () => {
    const files = {
      "parent.yaml": `
name: parent
limits: {cost: 0.5 USD, on_limit: degrade}
chain: [{name: sub, workflow: ./middle.yaml, mode: child}]
`,
      "middle.yaml": "name: middle\nchain: [{name: deep, workflow: ./deep.yaml, mode: child}]\n",
      "deep.yaml": asking("deep", three),
    };
    const { tutti, load } = await opened(files, { mock: priced([three]) });
    const { id, status, view } = await (await tutti.start(await load())).done;
    expect(status).toBe("degraded");
    const sub = view.nodes.find(({ address }) => address === "sub");
    expect(sub).toMatchObject({ status: "stopped", child: { id: `${id}.1`, status: "failed" } });
    expect(view.ledger.costUsd).toBeCloseTo(0.3);
    const [ofChild] = await tutti.why(`${id}.1`);
    expect(ofChild).toMatchObject({
      waitsFor: expect.stringMatching(/^room under the caps around it: .* of \$0\.50 /) as string,
      fix: `tutti resume ${id} --limit cost=0.60USD`,
    });
    const again = await (await tutti.resume(id, { overrides: { limits: { costUsd: 2 } } })).done;
    expect(again.status).toBe("completed");
    expect(again.view.ledger.costUsd).toBeCloseTo(0.6);
  });

  const degrading = (name: string) =>
    asking(name, three).replace("chain:", "limits: {cost: 0.7 USD, on_limit: degrade}\nchain:");

  it.each([1, 3])(
    "stop it as its own `on_limit` says, whatever theirs is: %i side by side",
    async (concurrency) => {
      const files = {
        "parent.yaml": `
name: parent
limits: {cost: 0.7 USD}
chain:
  - name: all
    for_each: {items: [1, 2, 3], concurrency: ${concurrency}}
    steps: [{name: k, workflow: ./k.yaml, mode: child, error_strategy: continue_on_failure}]
  - {name: after, run: "true"}
`,
        "k.yaml": degrading("k"),
      };
      const { tutti, load } = await opened(files, { mock: priced([three]) });
      const { id, status, view } = await (await tutti.start(await load())).done;
      expect(status).toBe("failed");
      expect(view.reason).toContain("of $0.70");
      expect(view.nodes.find(({ address }) => address === "after")?.status).toBe("not-run");
      const [ofRun] = await tutti.why(id);
      expect(ofRun?.fix).toBe(`tutti resume ${id} --limit cost=0.90USD`);
      const again = await (await tutti.resume(id, { overrides: { limits: { costUsd: 5 } } })).done;
      expect(again.status).toBe("completed");
      expect(again.view.ledger.costUsd).toBeCloseTo(1.8);
    },
  );

  it("stop it at the cap of the day, unless it is a lower one of their own", async () => {
    const files = (own: string) => ({
      "parent.yaml": `
name: parent
limits: {day: 0.4 USD}
chain:
  - {name: a, workflow: ./k.yaml, mode: child}
  - {name: b, workflow: ./k.yaml, mode: child}
  - {name: after, run: "true"}
`,
      "k.yaml": asking("k", [30]).replace("chain:", `limits: {${own}on_limit: degrade}\nchain:`),
    });
    const { tutti, load } = await opened(files(""), { mock: priced([[30]]) });
    const { id, status, view } = await (await tutti.start(await load())).done;
    expect([status, view.reason]).toEqual([
      "failed",
      expect.stringContaining("the cap on the day would be passed"),
    ]);
    const again = await (await tutti.resume(id, { overrides: { limits: { dayUsd: 5 } } })).done;
    expect(again.status).toBe("completed");
    const lower = await opened(files("day: 0.35 USD, "), { mock: priced([[30]]) });
    const ended = await (await lower.tutti.start(await lower.load())).done;
    expect(ended.status).toBe("degraded");
    expect(ended.view.nodes.find(({ address }) => address === "after")?.status).toBe("verified");
  });

  it("fail their step at the cap of a block around it, and leave it degraded below their own", async () => {
    const plan = { children: [three], limits: "{cost: 5 USD}", block: "{cost: 0.35 USD}" };
    const files = { ...filesOf(plan), "c0.yaml": degrading("c0") };
    const { tutti, load } = await opened(files, { mock: priced([three]) });
    const { view } = await (await tutti.start(await load())).done;
    const failed = view.nodes.find(({ address }) => address === "all/c0");
    expect(failed?.failure?.message).toContain('of "all"');
    const own = {
      ...filesOf({ ...plan, block: "{cost: 2 USD}" }),
      "c0.yaml": degrading("c0").replace("0.7 USD", "0.5 USD"),
    };
    const other = await opened(own, { mock: priced([three]) });
    const ended = await (await other.tutti.start(await other.load())).done;
    expect(ended.view.nodes.find(({ address }) => address === "all/c0")?.status).toBe("claimed");
  });

  it("stop it without ending what else goes on in it: a run that waits beside them waits still when it goes on", async () => {
    const files = {
      "parent.yaml": `
name: parent
limits: {cost: 0.5 USD, on_limit: degrade}
chain:
  parallel_where_possible: true
  steps:
    - {name: asks, workflow: ./asks.yaml, mode: child}
    - {name: held, wait: {signal: go}}
    - {name: dear, workflow: ./dear.yaml, mode: child, depends_on: [held]}
`,
      "asks.yaml": "name: asks\nchain: [{name: ok, approval: Go on?}]\n",
      "dear.yaml": asking("deep", three),
    };
    const { tutti, load } = await opened(files, { mock: priced([three]) });
    const { id, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("waiting");
    await tutti.control(id, { type: "signal", name: "go", payload: null });
    expect((await tutti.show(id)).status).toBe("degraded");
    expect((await tutti.show(`${id}.1`)).status).toBe("waiting");
    const again = await (await tutti.resume(id, { overrides: { limits: { costUsd: 2 } } })).done;
    expect(again.status).toBe("waiting");
    await tutti.control(`${id}.1`, { type: "answer", address: "ok", value: true, by: "ann" });
    expect((await tutti.show(id)).status).toBe("completed");
    expect((await tutti.runs()).length).toBe(3);
  });
});
