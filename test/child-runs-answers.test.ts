import { describe, expect, it } from "vitest";
import { opened } from "./child-project.ts";

const files = {
  "parent.yaml": `
name: parent
limits: {cost: 0.5 USD, agents: 5}
chain:
  - name: all
    for_each: [1, 2, 3]
    steps: [{name: sub, workflow: ./child.yaml, mode: child, with: {n: "\${ item }"}}]
`,
  "child.yaml": `
name: child
inputs: {n: integer}
chain:
  - {name: ok, approval: "Go on?"}
  - {name: first, prompt: "one \${ inputs.n }", agent: mock, expect: {cost: 0.2 USD}}
  - {name: second, prompt: "two \${ inputs.n }", agent: mock, expect: {cost: 0.2 USD}}
`,
};
const mock = { rules: [{ prompt: "one|two", delay: "5ms", cost: 0.2 }] };
const answer = { type: "answer", address: "ok", value: true, by: "ann" } as const;
const inside = [1, 2, 3];

async function waiting() {
  const { tutti, load, open } = await opened(files, { mock });
  const { id, status } = await (await tutti.start(await load())).done;
  expect(status).toBe("waiting");
  return { tutti, open, id };
}

describe("runs inside another that wait for people", () => {
  it("stay below the caps around them when they are answered one after another", async () => {
    const { tutti, id } = await waiting();
    const ends = [];
    for (const number of inside) {
      ends.push(await tutti.control(`${id}.${number}`, answer).catch(({ code }: { code: string }) => code));
    }
    const { status, ledger } = await tutti.show(id);
    expect(status).toBe("failed");
    expect(ledger.costUsd).toBeCloseTo(0.4, 6);
    expect(ends[0]).toMatchObject({ end: "done", status: "waiting" });
  });

  it("stay below the caps around them when several processes answer at once", async () => {
    const { tutti, id, open } = await waiting();
    const others = await Promise.all(inside.map(() => open()));
    await Promise.allSettled(others.map((other, index) => other.control(`${id}.${inside[index]}`, answer)));
    await expect.poll(async () => (await tutti.show(id)).status, { timeout: 10_000 }).toBe("failed");
    const spent = await Promise.all(inside.map((number) => tutti.show(`${id}.${number}`)));
    expect(spent.reduce((sum, { ledger }) => sum + ledger.costUsd, 0)).toBeCloseTo(0.4, 6);
    expect((await tutti.show(id)).ledger.costUsd).toBeCloseTo(0.4, 6);
  });
});
