import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Project } from "./tutti.ts";

const numbers = (count: number): string =>
  Array.from({ length: count }, (_, n) => `{"n":${n + 1}}\n`).join("");
const broken = `${numbers(3)}{"n":\n${numbers(3).replaceAll("n", "m")}`;
const line = "in.jsonl → [when record.n > 1] → out.jsonl";

describe("tutti pipeline", () => {
  it("takes records through the stages of one line, and says what became of them", async () => {
    const project = new Project({ "in.jsonl": broken });
    const { status, stdout, stderr } = await project.call(["pipeline", line]);
    expect(status, stderr).toBe(0);
    expect(readFileSync(project.path("out.jsonl"), "utf8")).toBe('{"n":2}\n{"n":3}\n');
    expect(stdout).toContain(
      "records of pipeline: 6 read, 2 written, 1 filtered out, 4 dead (1 unreadable)\n",
    );
    expect(stdout).toMatch(/ 4 dead letters: tutti pipeline dead \w+\n/);
    expect(stderr).toMatch(/ records {4}pipeline: 6 read, 2 written/);
  });

  it("has the figures of each stage in show, and among the events in JSON", async () => {
    const project = new Project({ "in.jsonl": numbers(5) });
    const { values } = await project.json(["pipeline", line]);
    const figures = values.filter(({ type }) => type === "pipeline.figures").at(-1);
    expect(figures).toMatchObject({ address: "pipeline", figures: { source: { read: 5 } } });
    const pipelines = [{ address: "pipeline", letters: 0, figures: { source: { read: 5, ended: true } } }];
    expect(values.at(-1)).toMatchObject({ type: "run.summary", status: "completed", pipelines });
    const shown = await project.json(["show", "@last"]);
    expect(shown.values[0]).toMatchObject({ pipelines });
    const node = await project.json(["show", "@last", "pipeline"]);
    expect(node.values[0]).toMatchObject({ address: "pipeline", figures: { source: { read: 5 } } });
    const { stdout } = await project.call(["show", "@last"]);
    expect(stdout).toMatch(/\n {4}source +5 +.*\n.*\n {4}→ jsonl +4 +4 /);
  });

  it("says of a source that cannot be read how a change of the file is taken up", async () => {
    const flow = {
      name: "two",
      pipeline: {
        source: { jsonl: ["in.jsonl", "gone.jsonl"] },
        sink: "out.jsonl",
      },
    };
    const project = new Project({ "in.jsonl": numbers(2), "two.json": JSON.stringify(flow) });
    const { status, stdout } = await project.call(["run", "two.json"]);
    expect(status).toBe(1);
    expect(stdout).toContain("FILE_NOT_FOUND");
    expect(stdout).toMatch(/when you have changed two\.json: tutti resume \w+ --update/);
  });

  it("lists dead letters, and tries them again when what was wrong is mended", async () => {
    const flow = {
      name: "strict",
      pipeline: {
        source: "in.jsonl",
        stages: [{ name: "check", run: "test -e good && cat", batch_size: 2 }],
        sink: "out.jsonl",
      },
    };
    const project = new Project({ "in.jsonl": `${numbers(4)}{"n":\n`, "strict.json": JSON.stringify(flow) });
    expect(await project.call(["run", "strict.json"])).toMatchObject({ status: 0 });
    const { values } = await project.json(["pipeline", "dead", "@last", "--stage", "check"]);
    expect(values[0]).toMatchObject({
      total: 5,
      letters: [1, 2, 3, 4].map((n) => ({ stage: "check", text: `{"n":${n}}`, whole: true })),
    });
    const listed = await project.call(["pipeline", "dead", "@last", "--limit", "2"]);
    expect(listed.stdout.match(/^#\d+ /gm)).toHaveLength(2);
    expect(listed.stderr).toMatch(/and 3 more letters: tutti pipeline dead \w+ --limit 5\n/);
    project.write({ good: "" });
    const replayed = await project.call(["pipeline", "replay", "@last"]);
    expect(replayed, replayed.stderr).toMatchObject({ status: 0 });
    expect(replayed.stdout).toContain("4 read, 4 written, 5 dead (1 unreadable, 4 replayed)");
    expect(readFileSync(project.path("out.jsonl"), "utf8").split("\n").toSorted().join("\n").trim()).toBe(
      numbers(4).trim(),
    );
    const again = await project.call(["pipeline", "replay", "@last"]);
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(
      /^no dead letters that could be replayed\nletter \d cannot be replayed: it could not be read as a record \(RECORD_SYNTAX, in\.jsonl:5\)\n$/,
    );
    const [, letter = ""] = /letter (\d)/.exec(again.stderr) ?? [];
    const elsewhere = await project.call(["pipeline", "replay", "@last", letter, "--stage", "check"]);
    expect(elsewhere.stderr).toBe(
      `no dead letters that could be replayed\nletter ${letter} is not replayed: it did not die in "check"\n`,
    );
  });

  it("reads standard input", async () => {
    const project = new Project();
    const { status, stderr } = await project.call(["pipeline", "- → [when record.n > 1] → out.jsonl"], {
      input: numbers(3),
    });
    expect(status, stderr).toBe(0);
    expect(readFileSync(project.path("out.jsonl"), "utf8")).toBe('{"n":2}\n{"n":3}\n');
  });

  it(
    "follows its source until it is paused, and goes on with what has come since",
    { timeout: 60_000 },
    async () => {
      const project = new Project({ "in.jsonl": numbers(2) });
      const first = project.begin(["pipeline", "in.jsonl → out.jsonl", "--continuous", "--json"]);
      await first.until('"kind":"sink","in":2,"done":2');
      expect(await project.call(["pause", "@last"])).toMatchObject({ status: 0 });
      const paused = await first.ended;
      expect(paused, paused.stderr).toMatchObject({ status: 3 });
      expect(paused.stderr).toContain("records of pipeline: 2 read, 2 written\n");
      project.write({ "in.jsonl": numbers(4) });
      const second = project.begin(["resume", "@last", "--json"]);
      await second.until('"kind":"sink","in":4,"done":4');
      second.child.kill("SIGTERM");
      expect(await second.ended).toMatchObject({ status: 130 });
      expect(readFileSync(project.path("out.jsonl"), "utf8")).toBe(numbers(4));
    },
  );

  it.each([
    [["pipeline"], "the TEXT is missing"],
    [["pipeline", "in.jsonl", "→", "out.jsonl"], "a pipeline is one text in quotes"],
    [["pipeline", line, "--stage", "x"], "it is for the dead letters of a run"],
    [["pipeline", "dead"], "tutti pipeline dead @last"],
    [["pipeline", "dead", "@last", "--continuous"], 'Cannot use "--continuous" with "tutti pipeline dead"'],
    [["pipeline", "dead", "@last", "--save-state"], 'Cannot use "--save-state"'],
    [["pipeline", "dead", "@last", "--limit", "none"], "whole number"],
    [["pipeline", "dead", "@last", "3"], "dead takes no numbers"],
    [["pipeline", "replay", "@last", "x"], "letters are named by their numbers"],
    [["pipeline", "replay", "@last", "--limit", "3"], 'Cannot use "--limit"'],
  ])("answers %j with exit status 2, what is wrong and a fix", async (args, text) => {
    const { status, stderr } = await new Project().call(args);
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^USAGE: Cannot .*\nfix: .+\n$/);
    expect(status).toBe(2);
  });

  it("says which pipelines and stages there are", async () => {
    const project = new Project({
      "in.jsonl": numbers(1),
      "flow.json": JSON.stringify({ name: "a", chain: [{ run: "true" }] }),
    });
    await project.call(["run", "flow.json"]);
    expect((await project.call(["pipeline", "dead", "@last"])).stderr).toContain("it has no pipeline");
    await project.call(["pipeline", line]);
    expect((await project.call(["pipeline", "dead", "@last", "--node", "pipelin"])).stderr).toContain(
      'did you mean "pipeline"?',
    );
    expect((await project.call(["pipeline", "dead", "@last", "--stage", "nothing"])).stderr).toContain(
      "there are: ",
    );
    expect((await project.call(["pipeline", "dead", "@last"])).stderr).toBe("no dead letters\n");
  });
});
