import { describe, expect, it } from "vitest";
import { streamFigures } from "../../test/cli/figures.ts";
import { FiguresFeed } from "./figures-feed.ts";
import type { LiveNews } from "./render/live-run.ts";

const heard = (read: number): LiveNews => ({
  kind: "stream",
  address: "events",
  figures: streamFigures([], { source: { read, bad: 0, perSecond: 0, ended: false } }),
});
const ended: LiveNews = {
  kind: "events",
  events: [{ type: "node.ended", at: 0, address: "events", end: "verified" }],
};

describe("figures among the events of a run", () => {
  it("come once a second, and before the end", () => {
    let now = 5000;
    const feed = new FiguresFeed(() => now);
    const readOf = (news: LiveNews) => feed.linesOf(news).map(({ at, figures }) => [at, figures.source.read]);
    expect(readOf(heard(1))).toEqual([[5000, 1]]);
    now += 100;
    expect(readOf(heard(2))).toEqual([]);
    now += 900;
    expect(readOf(heard(3))).toEqual([[6000, 3]]);
    now += 1;
    expect(readOf(heard(4))).toEqual([]);
    expect(readOf(ended)).toEqual([[6001, 4]]);
    expect(readOf(ended)).toEqual([]);
  });

  it("are not told again at the end when they were told last", () => {
    const feed = new FiguresFeed(() => 0);
    feed.linesOf(heard(1));
    expect(feed.linesOf(ended)).toEqual([]);
    expect(
      feed.linesOf({ kind: "line", line: { address: "a", attempt: 1, line: "", stream: "stdout" } }),
    ).toEqual([]);
  });
});
