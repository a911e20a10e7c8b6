import { describe, expect, it } from "vitest";
import { batchOf, createStageHost, recordsOf, stageOf } from "../../../test/stage-world.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { StageWork } from "../../language/pipeline.ts";
import { createRun } from "./run.ts";

const { signal } = new AbortController();
const records = recordsOf([{ id: 7 }, { id: 8 }], 40);

type Run = Extract<StageWork, { readonly kind: "run" }>;

function stage(answer: Outcome, more: Partial<Run> = {}) {
  const host = createStageHost({ scope: { inputs: { lang: "de" } }, answer: () => answer });
  const work: Run = {
    kind: "run",
    line: "translate --to ${{ inputs.lang }} ${{ record.id }}",
    env: {},
    ...more,
  };
  const processor = createRun({ stage: stageOf({ name: "tr", timeoutMs: 5000 }), work, host });
  const process = (batch = batchOf(records)) => processor.process(batch, signal);
  return { host, process };
}

function printing(stdout: string, more: Partial<Run> = {}) {
  return stage({ ok: true, stdout }, more).process();
}

describe("a stage that runs a line", () => {
  it("gets the batch as JSON lines, its values as environment, and a name that stays", async () => {
    const { host, process } = stage({ ok: true, stdout: "" }, { cwd: "sub", env: { N: "${ size(batch) }" } });
    await process(batchOf(records, { id: "tr/4", attempt: 2 }));
    expect(host.asked).toMatchObject([
      {
        request: {
          kind: "run",
          cwd: "sub",
          stdin: '{"id":7}\n{"id":8}\n',
          shell: {
            line: 'translate --to "${TUTTI_V1}" "${TUTTI_V2}"',
            values: { TUTTI_V1: "de", TUTTI_V2: "7" },
          },
        },
        work: { id: "tr/4", stage: "tr", attempt: 2, timeoutMs: 5000, env: { N: "2" } },
      },
    ]);
  });

  it("gives a record for each line that is printed, letter by letter", async () => {
    const done = await printing('{"id": 12345678901234567890, "x": 1.50}\r\n\n  "b"');
    expect(done).toEqual({
      ok: true,
      outputs: [
        { no: 40, text: '{"id": 12345678901234567890, "x": 1.50}' },
        { no: 41, text: '"b"' },
      ],
      filtered: 0,
      dead: [],
    });
  });

  it("gives more or fewer records from the first, and none when nothing is printed", async () => {
    expect(await printing("1\n2\n3")).toMatchObject({ outputs: [{ no: 40 }, { no: 40 }, { no: 40 }] });
    expect(await printing("\n")).toMatchObject({ ok: true, outputs: [] });
  });

  it("puts what is printed into the records: line by line, else all of it as a list", async () => {
    const texts = async (stdout: string) => {
      const done = await printing(stdout, { into: "topic" });
      return done.ok && done.outputs.map(({ text }) => text);
    };
    expect(await texts('"a"\n"b"')).toEqual(['{"id":7,"topic":"a"}', '{"id":8,"topic":"b"}']);
    expect(await texts('"a"')).toEqual(['{"id":7,"topic":["a"]}', '{"id":8,"topic":["a"]}']);
    expect(await texts("")).toEqual(['{"id":7,"topic":[]}', '{"id":8,"topic":[]}']);
  });

  it("fails when a line is no JSON, and says which", async () => {
    expect(await printing('{"a":1}\n\ndone!')).toMatchObject({
      ok: false,
      failure: {
        code: "OUTPUT_SHAPE",
        class: "failure",
        message: expect.stringMatching(
          /^Cannot take what "translate .*" printed: line 3 is no JSON: /,
        ) as string,
      },
    });
  });

  it("fails when not all that was printed is there", async () => {
    const outcome: Outcome = {
      ok: true,
      stdout: "1\n… 9 bytes left out …\n2",
      artifacts: { stdout: "sha256:0" },
    };
    expect(await stage(outcome).process()).toMatchObject({
      ok: false,
      failure: { code: "OUTPUT_TOO_LARGE" },
    });
  });

  it("fails as the line fails, and for good when it cannot be filled in", async () => {
    const failure = { code: "COMMAND_FAILED", message: "exit status 75", class: "transient" } as const;
    expect(await stage({ ok: false, failure }).process()).toMatchObject({ ok: false, failure });
    const { host, process } = stage({ ok: true });
    expect(await process(batchOf(recordsOf([{}])))).toMatchObject({
      ok: false,
      failure: { code: "EXPRESSION_FAILED", class: "permanent" },
    });
    expect(host.asked).toEqual([]);
  });
});
