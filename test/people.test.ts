import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../src/engine.ts";
import { isTuttiError } from "../src/errors.ts";
import { seededDice } from "../src/testing/simulation/dice.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

const count = 200;
const flow = `
limits: {parallel: 300}
inputs: {names: {type: array}}
chain:
  - name: route
    flow:
      conditions:
        - if: size(inputs.names) > 0
          then:
            - name: each
              for_each: {items: "\${ inputs.names }", as: name, key: name, concurrency: 300}
              steps:
                - {name: ask, question: "What about \${ name }?", when: "int(name) % 2 == 0"}
                - {name: ok, approval: "May \${ name } go?", by: [ann, bob], quorum: 2, when: "int(name) % 2 == 1"}
                - name: take
                  function: take
                  with: {name: "\${ name }", answer: "\${ ask.output }", ok: "\${ ok.output }"}
                  depends_on: [ask, ok]
`;

interface Taken {
  readonly name: string;
  readonly answer: unknown;
  readonly ok: unknown;
}

interface Given {
  readonly address: string;
  readonly value: string | boolean;
  readonly by: string;
}

const refusals: ReadonlySet<string> = new Set(["ANSWER_REFUSED", "NOTHING_WAITS", "RUN_STATE"]);

function codeOf(error: unknown): string {
  return isTuttiError(error) ? error.code : String(error);
}

function isRight({ name, answer, ok }: Taken): boolean {
  if (Number(name) % 2 === 0) return answer === `about What about ${name}?` && ok === null;
  const { by } = ok as { readonly by: readonly string[] };
  return answer === null && by.toSorted().join(" ") === "ann bob";
}

describe("two hundred questions at once, in items inside a way", () => {
  it("each get their own answers once, in any order and by whichever process is there", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tutti-people-"));
    mkdirSync(join(dir, ".git"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const dice = seededDice("people");
    const taken: Taken[] = [];
    const open = () =>
      openTutti({ cwd: dir, functions: { take: (args) => taken.push(args as unknown as Taken) } });
    const repeated: string[] = [];
    const names = Array.from({ length: count }, (_, index) => String(index));

    let tutti: Tutti = await open();
    const source = await tutti.load({ kind: "text", text: flow, origin: "people.yaml" });
    const handle = await tutti.start(source, { inputs: { names } });
    expect((await handle.done).status).toBe("waiting");
    const asks = await tutti.asks(handle.id);
    expect(asks).toHaveLength(count);

    const answers = asks.flatMap(({ address, kind, text }): Given[] =>
      kind === "question"
        ? [{ address, value: `about ${text}`, by: "eve" }]
        : ["ann", "bob"].map((by) => ({ address, value: true, by })),
    );
    for (let left = answers.length; left > 0; left -= 1) {
      const [answer] = answers.splice(dice.below(left), 1);
      if (!answer) break;
      if (dice.chance(0.1)) {
        await tutti.close();
        tutti = await open();
      }
      await tutti.control(handle.id, { type: "answer", ...answer });
      if (dice.chance(0.1)) {
        const again = tutti.control(handle.id, { type: "answer", ...answer });
        repeated.push(await again.then(() => "taken", codeOf));
      }
    }

    const view = await tutti.show(handle.id);
    const events = await tutti.events(handle.id);
    await tutti.close();
    expect(repeated.filter((code) => !refusals.has(code))).toEqual([]);
    expect(view.status).toBe("completed");
    expect(taken.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toEqual(names.map(Number));
    expect(taken.filter((one) => !isRight(one))).toEqual([]);
    expect(events.filter(({ type }) => type === "ask.answered")).toHaveLength(count + count / 2);
  }, 120_000);
});
