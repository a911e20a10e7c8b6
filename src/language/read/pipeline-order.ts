import { freeName } from "../checks/names.ts";
import type { NameUse, StageDraft } from "../drafts.ts";
import { type FlowControl, type Sink, sourceName } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { type Loading, shown } from "./loading.ts";
import type { ReadPipeline } from "./pipeline.ts";
import { type ReadSink, usualSink } from "./pipeline-sink.ts";
import type { ReadStage } from "./pipeline-stage.ts";

export interface LaidOut {
  /** Each comes after those it takes from. */
  readonly stages: readonly StageDraft[];
  readonly sinks: readonly Sink[];
}

interface Parts {
  readonly stages: readonly ReadStage[];
  readonly sinks: readonly ReadSink[];
  readonly flow: FlowControl;
}

/** A stage that has its name and says where it takes from. */
interface Placed {
  readonly read: ReadStage;
  readonly name: string;
  readonly from: readonly NameUse[];
}

/** Gives all stages and sinks their names, and finds who takes from whom; mistakes in that are reported. */
export function layOut(loading: Loading, read: ReadPipeline, { stages, sinks, flow }: Parts): LaidOut {
  const names = namesOf(loading, stages, sinks);
  const placed = stages.map((stage, index): Placed => {
    const before = stages[index - 1];
    const usual = { name: before ? names.of(before) : sourceName, spot: stage.spot };
    return { read: stage, name: names.of(stage), from: stage.from ?? [usual] };
  });
  const known = new Set(placed.map(({ name }) => name));
  for (const { from, name } of placed) checkFrom(loading, from, { known, of: `the stage "${name}"` });
  for (const sink of sinks)
    checkFrom(loading, sink.from ?? [], { known, of: `the sink "${names.of(sink)}"` });
  const ordered = inOrder(loading, placed);
  const ends = endsOf(placed, sinks);
  reportLost(loading, { placed, sinks, ends });
  const said = sinks.map((sink): Sink => ({
    ...sink.sink,
    name: names.of(sink),
    from: unique(sink.from) ?? ends,
  }));
  const isSaid = read.has("sink") || read.has("sinks");
  const usual: Sink = { ...usualSink(flow), name: freeName("result", known), from: ends };
  return { stages: ordered.map(finish), sinks: isSaid ? said : [usual] };
}

function finish({ read: { stage }, name, from }: Placed): StageDraft {
  return { ...stage, name, from: unique(from) ?? [] };
}

function unique(from: readonly NameUse[] | undefined): readonly string[] | undefined {
  return from && [...new Set(from.map(({ name }) => name))];
}

interface Names {
  of(part: ReadStage | ReadSink): string;
}

/** Their own names, each once, and free ones for all others. */
function namesOf(loading: Loading, stages: readonly ReadStage[], sinks: readonly ReadSink[]): Names {
  const taken = new Map<string, unknown>([[sourceName, undefined]]);
  const names = new Map<ReadStage | ReadSink, string>();
  for (const part of [...stages, ...sinks]) {
    const name = ownName(part);
    if (name === undefined) continue;
    if (taken.has(name)) reportTaken(loading, part.nameSpot, name);
    taken.set(name, part);
    names.set(part, name);
  }
  for (const part of [...stages, ...sinks]) {
    if (names.has(part)) continue;
    const name = freeName("usualName" in part ? part.usualName : part.sink.name, taken);
    taken.set(name, part);
    names.set(part, name);
  }
  return { of: (part) => names.get(part) ?? "" };
}

function ownName(part: ReadStage | ReadSink): string | undefined {
  if ("stage" in part) return part.name;
  return part.named ? part.sink.name : undefined;
}

function reportTaken({ report }: Loading, at: Spot, name: string): void {
  const isSource = name === sourceName;
  report.add({
    code: isSource ? "BAD_VALUE" : "DUPLICATE_NAME",
    message: isSource
      ? `Cannot name it "${name}": that stands for the source of the pipeline`
      : `Cannot name it "${shown(name)}": another stage or sink of the pipeline has this name`,
    fix: "choose another name",
    at,
  });
}

interface From {
  readonly known: ReadonlySet<string>;
  readonly of: string;
}

function checkFrom({ report }: Loading, from: readonly NameUse[], { known, of }: From): void {
  for (const { name, spot } of from) {
    if (known.has(name) || name === sourceName) continue;
    const guess = report.nearest(name, [...known, sourceName]);
    report.add({
      code: "UNKNOWN_NAME",
      message: `Cannot let ${of} take from "${shown(name)}": the pipeline has no such stage`,
      fix: guess ? `write "${guess}"` : `use one of ${[...known, sourceName].join(", ")}`,
      at: spot,
    });
  }
}

/** Each after those it takes from, else as they are written; a circle is reported. */
function inOrder({ report }: Loading, placed: readonly Placed[]): readonly Placed[] {
  const ordered: Placed[] = [];
  const done = new Set([sourceName]);
  const known = new Set(placed.map(({ name }) => name));
  let open = placed;
  while (open.length > 0) {
    const next = open.find(({ from }) => from.every(({ name }) => done.has(name) || !known.has(name)));
    if (!next) break;
    ordered.push(next);
    done.add(next.name);
    open = open.filter((one) => one !== next);
  }
  const [first] = open;
  if (!first) return ordered;
  const circle = circleFrom(first, open);
  report.add({
    code: "CYCLE",
    message: `Cannot order the stages "${circle.join(" → ")}": each takes from the next`,
    fix: "let one of them take from a stage outside of the circle",
    at: first.from[0]?.spot ?? first.read.spot,
  });
  return [...ordered, ...open];
}

function circleFrom(first: Placed, open: readonly Placed[]): readonly string[] {
  const path: string[] = [];
  let at: Placed | undefined = first;
  while (at && !path.includes(at.name)) {
    path.push(at.name);
    const names: readonly string[] = at.from.map(({ name }) => name);
    at = open.find(({ name }) => names.includes(name));
  }
  return at ? [...path.slice(path.indexOf(at.name)), at.name] : path;
}

/** The stages from which no other takes, nor a sink that says from where; without stages the source. */
function endsOf(placed: readonly Placed[], sinks: readonly ReadSink[]): readonly string[] {
  const takers = [...placed, ...sinks].flatMap(({ from }) => from ?? []);
  const taken = new Set(takers.map(({ name }) => name));
  const ends = placed.flatMap(({ name }) => (taken.has(name) ? [] : [name]));
  return ends.length > 0 ? ends : [placed.at(-1)?.name ?? sourceName];
}

interface Lost {
  readonly placed: readonly Placed[];
  readonly sinks: readonly ReadSink[];
  readonly ends: readonly string[];
}

/** Warns of stages whose records go nowhere. */
function reportLost({ report }: Loading, { placed, sinks, ends }: Lost): void {
  if (sinks.length === 0 || sinks.some(({ from }) => from === undefined)) return;
  const taken = new Set(sinks.flatMap(({ from }) => from ?? []).map(({ name }) => name));
  for (const { name, read } of placed) {
    if (!ends.includes(name) || taken.has(name)) continue;
    report.add({
      severity: "warning",
      code: "BAD_VALUE",
      message: `Cannot see what becomes of the records of the stage "${name}": no stage and no sink takes from it`,
      fix: `add a sink with \`from: ${name}\`, or take the stage out`,
      at: read.nameSpot,
    });
  }
}
