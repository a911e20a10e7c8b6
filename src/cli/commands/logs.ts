import type { NodeView, RunView } from "../../core/view.ts";
import type { LogFollower } from "../../verbs/follow-log.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { type OutputLine, OutputLines } from "../output-lines.ts";
import { lostOutputText } from "../lost-output.ts";
import { lookOn } from "../looking-on.ts";
import type { Out } from "../render/out.ts";
import { statusWord } from "../render/words.ts";
import { defineVerb } from "../verb.ts";
import { nodeNamed } from "./show.ts";

interface LogLine extends OutputLine {
  readonly address: string;
  readonly attempt: number;
}

export const logs = defineVerb<{ readonly follow?: boolean }>({
  examples: ["tutti logs @last", "tutti logs 3m1x build --follow", "tutti logs 3m1x --json"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .argument("[node]", "address of one node; of a group, all in it")
      .option("--follow", "go on as lines come, until the run has ended"),
  run: async ({ out, json, open }, { args: [name = "", address], options: { follow } }) => {
    const tutti = await open();
    const { runId } = await tutti.find(name);
    const log = tutti.follow(runId);
    await log.look();
    const alone = address !== undefined && nodeNamed(log.view(), address).kind !== "group";
    const reader = new LogReader(tutti, log, address);
    const kept: LogLine[] = [];
    const take = (line: LogLine) => {
      if (!json) printLine(out, { line, alone });
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

/** True for a node and for all in it; for every one when none is wanted. */
function isWithin(address: string, wanted: string | undefined): boolean {
  return wanted === undefined || address === wanted || address.startsWith(`${wanted}/`);
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
  #view: RunView | undefined;
  /** Those that may print, or have ended so lately that their last lines may come yet. */
  #warm: ReadonlySet<string> = new Set();

  constructor(tutti: Tutti, log: LogFollower, address: string | undefined) {
    this.#tutti = tutti;
    this.#log = log;
    this.#address = address;
  }

  async read(take: (line: LogLine) => void, { over }: { readonly over: boolean }): Promise<void> {
    const before = this.#view;
    const fresh = await this.#log.look();
    const view = before && fresh.length === 0 ? before : this.#log.view();
    const wanted = view.nodes.filter(({ address }) => isWithin(address, this.#address));
    const warm = new Set([
      ...fresh.flatMap((event) => ("address" in event ? [event.address] : [])),
      ...wanted.filter(isAtWork).map(({ address }) => address),
    ]);
    for (const node of wanted) {
      const may = warm.has(node.address) || this.#warm.has(node.address);
      if (!before || over || may) await this.#readNode(node, { runId: view.id, take });
    }
    this.#view = view;
    this.#warm = warm;
  }

  async #readNode(
    { address, attempt: last }: NodeView,
    { runId, take }: { readonly runId: string; readonly take: (line: LogLine) => void },
  ): Promise<void> {
    for (let attempt = 1; attempt <= last; attempt += 1) {
      const path = this.#tutti.outputFile({ runId, address, attempt });
      const file = this.#files.get(path) ?? new OutputLines(path);
      this.#files.set(path, file);
      for await (const line of file.fresh()) {
        this.lines += 1;
        take({ address, attempt, ...line });
      }
    }
  }
}

/** It has begun and may still print. */
function isAtWork({ startedAt, endedAt }: NodeView): boolean {
  return startedAt !== undefined && endedAt === undefined;
}

function printLine(out: Out, { line, alone }: { readonly line: LogLine; readonly alone: boolean }): void {
  const { address, attempt, stream, text } = line;
  const label = attempt > 1 ? `${address} (attempt ${attempt})` : address;
  const shown = stream === "stderr" ? { text, tone: "warn" as const } : text;
  out.say(alone ? [shown] : [{ text: `${label} | `, dim: true }, shown]);
}
