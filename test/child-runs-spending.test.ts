import { describe, expect, it } from "vitest";
import { opened } from "./child-project.ts";

const prompting = (name: string) => `
name: ${name}
chain:
  - {name: one, prompt: "one of ${name}", agent: mock}
  - {name: two, prompt: "two of ${name}", agent: mock, depends_on: [one]}
  - {name: three, prompt: "three of ${name}", agent: mock, depends_on: [two]}
`;

/** Two runs side by side, under one cap on agents. */
const besideEachOther = (agents: number) => `
name: parent
limits: {agents: ${agents}}
chain:
  - name: both
    parallel: all
    error_strategy: continue_on_failure
    steps:
      - {name: a, workflow: ./a.yaml, mode: child}
      - {name: b, workflow: ./b.yaml, mode: child}
`;

describe("what a run inside another uses", () => {
  const capped = `
name: parent
limits: {agents: 3}
chain:
  - {name: ask, prompt: "first", agent: mock}
  - {name: sub, workflow: ./child.yaml, mode: child, depends_on: [ask]}
`;

  it("is bounded by what is left around it, and is in the ledger once, also after it failed", async () => {
    const { tutti, load } = await opened({ "parent.yaml": capped, "child.yaml": prompting("child") });
    const first = await (await tutti.start(await load())).done;
    expect(first.status).toBe("failed");
    expect(first.view.ledger.agents).toBe(3);
    const sub = first.view.nodes.find(({ address }) => address === "sub");
    expect(sub?.child).toMatchObject({ id: `${first.id}.1`, status: "failed" });
    const inside = await tutti.show(`${first.id}.1`);
    expect(inside.ledger.agents).toBe(2);
    expect(inside.limits.agents).toBe(2);
    const again = await (await tutti.resume(first.id, { overrides: { limits: { agents: 9 } } })).done;
    expect(again.status).toBe("completed");
    expect(again.view.ledger.agents).toBe(4);
    expect((await tutti.show(`${first.id}.1`)).ledger.agents).toBe(3);
    const { inputTokens } = (await tutti.show(`${first.id}.1`)).ledger;
    expect(again.view.ledger.inputTokens).toBeGreaterThan(inputTokens);
    expect((await tutti.audit()).findings).toEqual([]);
  });

  it("leaves the less for those beside it: together they do not pass the cap of the run around them", async () => {
    const files = {
      "parent.yaml": besideEachOther(4),
      "a.yaml": prompting("a"),
      "b.yaml": prompting("b"),
    };
    const mock = { rules: [{ delay: "30ms", cost: 0.1 }] };
    const { tutti, load } = await opened(files, { mock });
    const { id, view } = await (await tutti.start(await load())).done;
    expect(view.ledger.agents).toBeLessThanOrEqual(4);
    const [a, b] = await Promise.all([tutti.show(`${id}.1`), tutti.show(`${id}.2`)]);
    expect(a.ledger.agents + b.ledger.agents).toBe(view.ledger.agents);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    "asks its judges again only as often as a cap of %i lets all of them",
    async (cap) => {
      const judging = (name: string) => `
name: ${name}
chain: [{name: work, run: "true", gates: [{judge: {criteria: ["it is"], agent: mock}}]}]
`;
      const files = {
        "parent.yaml": besideEachOther(cap),
        "a.yaml": judging("a"),
        "b.yaml": judging("b"),
      };
      // no verdict: it is asked again, three times in all
      const { tutti, load } = await opened(files, {
        mock: { rules: [{ gate: "*", delay: "10ms", output: "well" }] },
      });
      const { view } = await (await tutti.start(await load())).done;
      expect(view.ledger.agents).toBe(cap);
    },
  );

  it("has the caps of its own file, and of the step", async () => {
    const files = {
      "parent.yaml": capped
        .replace("agents: 3", "agents: 9")
        .replace("mode: child,", "mode: child, limits: {agents: 2},"),
      "child.yaml": prompting("child"),
    };
    const { tutti, load } = await opened(files);
    const { id, status } = await (await tutti.start(await load())).done;
    expect(status).toBe("failed");
    expect((await tutti.show(`${id}.1`)).ledger.agents).toBe(2);
  });
});
