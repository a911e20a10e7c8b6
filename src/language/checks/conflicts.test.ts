import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

function needs(steps: string): string[] {
  const { workflow, problems } = loadWorkflow(`chain:\n${steps}`);
  expect(problems).toEqual([]);
  return (workflow?.chain.steps ?? []).flatMap((step) =>
    step.needs.map(
      (need) => `${step.name}<-${need.step} ${need.because}${need.detail ? ` ${need.detail}` : ""}`,
    ),
  );
}

describe("conflicts of files", () => {
  it("make the later step wait: write after write, read after write, write after read", () => {
    expect(
      needs(`
- {name: a, run: x, writes: src/**}
- {name: b, run: x, reads: [src/a.ts]}
- {name: c, run: x, reads: [src/a.ts]}
- {name: d, run: x, writes: [src/*.ts]}
- {name: e, run: x, writes: [docs], reads: ["*.md"]}
`),
    ).toEqual([
      "b<-a conflict src/** and src/a.ts",
      "c<-a conflict src/** and src/a.ts",
      "d<-a conflict src/** and src/*.ts",
      "d<-b conflict src/a.ts and src/*.ts",
      "d<-c conflict src/a.ts and src/*.ts",
    ]);
  });

  it("follow the order that other needs give, so that no circle comes of them", () => {
    expect(
      needs("- {name: a, run: x, writes: f, depends_on: [b]}\n- {name: b, run: x, writes: f}\n"),
    ).toEqual(["a<-b depends_on"]);
    expect(
      needs(
        "- {name: a, run: x, writes: f, depends_on: [m]}\n- {name: b, run: x, writes: f}\n- {name: m, run: x, depends_on: [b]}\n",
      ),
    ).toEqual(["a<-m depends_on", "a<-b conflict f", "m<-b depends_on"]);
  });

  it("count what lies inside a group, and leave fallbacks alone", () => {
    expect(
      needs(
        `
- {name: g, steps: [{name: in, run: x, writes: out/a}], reads: [in.txt]}
`.replace("name: in,", "name: inner,") +
          `- {name: b, run: x, reads: out, writes: in.txt, error_strategy: {fallback: c}}
- {name: c, run: x, writes: out}
`,
      ),
    ).toEqual(["b<-g conflict out/a and out"]);
  });

  it("of a thousand writers of one folder make a line, not a web", () => {
    const steps = Array.from(
      { length: 1000 },
      (_, at) => `- {name: s${at}, run: x, writes: src/**, reads: src/**}\n`,
    );
    const all = needs(steps.join(""));
    expect(all).toHaveLength(999);
    expect(all[998]).toBe("s999<-s998 conflict src/**");
  });

  it("are found among 10,000 different globs in reasonable time", () => {
    const steps = Array.from(
      { length: 10_000 },
      (_, at) => `- {name: s${at}, run: x, writes: out/${at}/**}\n`,
    );
    const start = performance.now();
    expect(needs(`${steps.join("")}- {name: last, run: x, reads: out/77/**}\n`)).toEqual([
      "last<-s77 conflict out/77/**",
    ]);
    expect(performance.now() - start).toBeLessThan(25_000);
  });
});
