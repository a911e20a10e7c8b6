import type { Event } from "../../core/events.ts";
import { lookOn } from "../looking-on.ts";
import type { Shown } from "../render/out.ts";
import { choiceText } from "../render/choice.ts";
import { seenText } from "../render/parts.ts";
import { clockText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

export const events = defineVerb<{ readonly follow?: boolean }>({
  examples: ["tutti events @last", "tutti events 3m1x --follow --json"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--follow", "go on as events come, until the run has ended"),
  run: async ({ out, json, open }, { args: [name = ""], options: { follow } }) => {
    const tutti = await open();
    const { runId } = await tutti.find(name);
    let after = 0;
    const look = async () => {
      const fresh = await tutti.events(runId, { after });
      for (const event of fresh) {
        if (json) out.json(event);
        else out.say(eventLine(event));
      }
      after += fresh.length;
    };
    return lookOn(tutti, runId, { out, follow: follow === true, look });
  },
});

/** Members of an event that are too long for a line, or say nothing to a person. */
const hidden: ReadonlySet<string> = new Set([
  "type",
  "at",
  "address",
  "workflow",
  "seed",
  "plan",
  "request",
  "shell",
]);

function factText(event: Event, { key, value }: { readonly key: string; readonly value: unknown }): string {
  if (event.type === "items.listed" && key === "items") return String(event.items.length);
  if (event.type === "branch.decided" && key === "saw") return event.saw.map(seenText).join("; ");
  if (event.type === "branch.decided" && event.choice && key === "choice") return choiceText(event.choice);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function eventLine(event: Event): Shown {
  const address = "address" in event && event.address !== "" ? ` ${event.address}` : "";
  const facts = Object.entries(event)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${factText(event, { key, value })}`);
  const text = facts.join(" ");
  return [
    `${clockText(event.at)} `,
    { text: event.type.padEnd(19), tone: "busy" },
    { text: address, bold: true },
    { text: ` ${text.length > 300 ? `${text.slice(0, 299)}…` : text}`, dim: true },
  ];
}
