import { assert, double, integer, nat, property, record, string, array } from "fast-check";
import { describe, expect, it } from "vitest";
import { placeFigures, streamFigures, workedFigures } from "../../../test/cli/figures.ts";
import { lineText } from "./lines.ts";
import { pipelineTable, type TableOptions } from "./pipeline-table.ts";
import { displayWidth } from "./width.ts";
import { asciiGlyphs } from "./words.ts";

const drawn = (options: TableOptions = {}, figures = workedFigures) =>
  pipelineTable(figures, options).map((line) => lineText(line).trimEnd());

describe("the table of a pipeline", () => {
  it("has a line for the source, each stage and each sink", () => {
    expect(drawn()).toEqual([
      "                 in     out  filtered  waiting  at work  rec/s    p50   p95     p99  errors  retries  dead   cost",
      "source               12,000             1.5 MB           1,203                                           2",
      "parse        12,000  11,790       200        0      0/4  1,180  3.2ms   8ms    12ms      0%        0    10",
      "explain      11,790  11,290         0      500      2/2     42  820ms  1.9s  1m 01s      2%        3     0  $1.50",
      "→ out.jsonl  11,290  11,290         0        0      0/1     42    2ms   3ms     5ms      0%        0     0",
    ]);
  });

  it("has rates of the whole time when it is over", () => {
    const [head = "", ...lines] = drawn({}, { ...workedFigures, status: "over", runningMs: 4000 });
    const at = head.indexOf("rec/s");
    expect(lines.map((line) => line.slice(at, at + 5))).toEqual(["3,000", "2,998", "2,823", "2,823"]);
  });

  it("leaves out what says least where the terminal is narrow", () => {
    expect(drawn({ width: 80 })).toEqual([
      "                out  waiting  at work  rec/s   p95  errors  dead   cost",
      "source       12,000   1.5 MB           1,203                   2",
      "parse        11,790        0      0/4  1,180   8ms      0%    10",
      "explain      11,290      500      2/2     42  1.9s      2%     0  $1.50",
      "→ out.jsonl  11,290        0      0/1     42   3ms      0%     0",
    ]);
  });

  it("has no column for what is zero everywhere", () => {
    const [head] = drawn({}, streamFigures([placeFigures("a"), placeFigures("b", { kind: "sink" })]));
    expect(head?.trim().split(/\s{2,}/)).toEqual([
      "in",
      "out",
      "waiting",
      "at work",
      "rec/s",
      "p50",
      "p95",
      "p99",
    ]);
  });

  it("shows what has trouble or is at work when there is no room for all", () => {
    const places = Array.from({ length: 100 }, (_, index) => placeFigures(`s${index}`));
    const some = places
      .with(40, placeFigures("bad", { errorRate: 0.1 }))
      .with(70, placeFigures("busy", { inWork: 1 }));
    const lines = drawn({ height: 6 }, streamFigures(some)).map((line) => line.trim().split(/\s{2,}/)[0]);
    expect(lines).toEqual(["in", "source", "s0", "bad", "busy", "… 97 more"]);
  });

  it("strips what moves a terminal from names, and draws without Unicode", () => {
    const figures = streamFigures([placeFigures("\u001b[2Ja\nb", { kind: "sink" })]);
    expect(drawn({ glyphs: asciiGlyphs }, figures)[2]).toMatch(/^-> a b /);
  });

  it("never is wider or longer than it may be, whatever the figures", () => {
    const place = record({
      name: string(),
      in: nat(),
      dead: nat(),
      errorRate: double(),
      perSecond: double(),
    });
    assert(
      property(
        array(place, { maxLength: 8 }),
        integer({ min: 1, max: 140 }),
        integer({ min: 1, max: 9 }),
        (some, width, height) => {
          const figures = streamFigures(some.map(({ name, ...rest }) => placeFigures(name, rest)));
          const lines = pipelineTable(figures, { width, height });
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(displayWidth(lineText(line))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
