import type { Event } from "../../core/events.ts";
import type { NodeView, RunView } from "../../core/view.ts";
import type { LogFollower } from "../../verbs/follow-log.ts";
import type { OutputPlace } from "../../verbs/output-log.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { type OutputLine, OutputLines } from "../output-lines.ts";
import { lostOutputText } from "../lost-output.ts";
import { lookOn } from "../looking-on.ts";
import type { Out } from "../render/out.ts";
import { isHolder } from "../render/parts.ts";
import { statusWord } from "../render/words.ts";
import { defineVerb } from "../verb.ts";
import { nodeNamed } from "./show.ts";

type Place = Omit<OutputPlace, "runId">;

interface LogLine extends OutputLine, Place {}

export const logs = defineVerb<{ readonly follow?: boolean }>({
  examples: ["tutti logs @last", "tutti logs 3m1x build --follow", "tutti logs 3m1x --json"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .argument("[node]", "address of one node; of one that holds others, all in it")
      .option("--follow", "go on as lines come, until the run has ended"),
  run: async ({ out, json, open }, { args: [name = "", address], options: { follow } }) => {
    const tutti = await open();
    const { runId } = await tutti.find(name);
    const log = tutti.follow(runId);
    const first = await log.look();
    const alone = address !== undefined && !isHolder(nodeNamed(log.view(), address));
    const reader = new LogReader({ tutti, log, address, first });
    const kept: LogLine[] = [];
    const printer = new LinePrinter(out, { alone });
    const take = (line: LogLine) => {
      if (!json) printer.print(line);
      else if (follow) out.json(line);
      else kept.push(line);
    };
    const look = (over: boolean) => reader.read(take, { over });
    const status = await lookOn(tutti, runId, { out, follow: follow === true, look });
    if (json && follow !== true) out.json({ runId, lines: kept });
    const lost = await lostOutputText(tutti, { runId, isWanted: (each) => isWithin(each, address) });
    if (lost !== undefined) out.note(lost);
    else if (reader.lines === 0) out.note(silenceText(log.view(), address));
    return status;
  },
});

function silenceText(view: RunView, address: string | undefined): string {
  if (address === undefined) return `nothing was printed: run ${view.id} is ${statusWord(view.status)}`;
  return `nothing was printed: ${address} is ${statusWord(nodeNamed(view, address).status)}`;
}

/** True for a node and for all in it, its rounds and items too; for every one when none is wanted. */
function isWithin(address: string, wanted: string | undefined): boolean {
  if (wanted === undefined || address === wanted) return true;
  return address.startsWith(wanted) && "/#[".includes(address.charAt(wanted.length));
}

/**
 * Reads what the nodes of a run have printed since the last time, in the order of the plan: the first time and when
 * the run is over all of them, in between those that are at work, have news, or had some at the last look.
 */
class LogReader {
  lines = 0;
  readonly #tutti: Tutti;
  readonly #log: LogFollower;
  readonly #address: string | undefined;
  readonly #files = new Map<string, OutputLines>();
  /** Where each node may have printed, in the order in which it did. */
  readonly #places = new Map<string, Place[]>();
  #life = 1;
  #view: RunView | undefined;
  /** Those that may print, or have ended so lately that their last lines may come yet. */
  #warm: ReadonlySet<string> = new Set();

  /** `first`: what the log has given already. */
  constructor(parts: {
    readonly tutti: Tutti;
    readonly log: LogFollower;
    readonly address: string | undefined;
    readonly first: readonly Event[];
  }) {
    this.#tutti = parts.tutti;
    this.#log = parts.log;
    this.#address = parts.address;
    this.#learn(parts.first);
  }

  async read(take: (line: LogLine) => void, { over }: { readonly over: boolean }): Promise<void> {
    const before = this.#view;
    const fresh = await this.#log.look();
    this.#learn(fresh);
    const view = before && fresh.length === 0 ? before : this.#log.view();
    const wanted = view.nodes.filter(({ address }) => isWithin(address, this.#address));
    const warm = new Set([
      ...fresh.flatMap((event) => ("address" in event ? [event.address] : [])),
      ...wanted.filter(isAtWork).map(({ address }) => address),
    ]);
    for (const { address } of wanted) {
      const may = warm.has(address) || this.#warm.has(address);
      if (!before || over || may) await this.#readNode(address, { runId: view.id, take });
    }
    this.#view = view;
    this.#warm = warm;
  }

  #learn(events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === "run.restarted") this.#life += 1;
      if (event.type !== "attempt.started") continue;
      const { address, attempt } = event;
      const places = this.#places.get(address) ?? [];
      this.#places.set(address, places);
      const last = places.at(-1);
      // One that was interrupted is the same attempt when it runs again.
      if (last?.life === this.#life && last.attempt === attempt) continue;
      places.push({ address, life: this.#life, attempt });
    }
  }

  async #readNode(
    address: string,
    { runId, take }: { readonly runId: string; readonly take: (line: LogLine) => void },
  ): Promise<void> {
    for (const place of this.#places.get(address) ?? []) {
      const path = this.#tutti.outputFile({ runId, ...place });
      const file = this.#files.get(path) ?? new OutputLines(path);
      this.#files.set(path, file);
      for await (const line of file.fresh()) {
        this.lines += 1;
        take({ ...place, ...line });
      }
    }
  }
}

/** It has begun and may still print. */
function isAtWork({ startedAt, endedAt }: NodeView): boolean {
  return startedAt !== undefined && endedAt === undefined;
}

/** Prints lines with the node they belong to, or, of one node alone, as they are; says when a new life begins. */
class LinePrinter {
  readonly #out: Out;
  readonly #alone: boolean;
  #life = 1;

  constructor(out: Out, { alone }: { readonly alone: boolean }) {
    this.#out = out;
    this.#alone = alone;
  }

  print({ address, life, attempt, stream, text }: LogLine): void {
    const shown = stream === "stderr" ? { text, tone: "warn" as const } : text;
    if (!this.#alone) {
      const about = [life > 1 ? [`life ${life}`] : [], attempt > 1 ? [`attempt ${attempt}`] : []].flat();
      const label = about.length > 0 ? `${address} (${about.join(", ")})` : address;
      this.#out.say([{ text: `${label} | `, dim: true }, shown]);
      return;
    }
    if (life !== this.#life) this.#out.say([{ text: `— life ${life} of the run —`, dim: true }]);
    this.#life = life;
    this.#out.say([shown]);
  }
}
