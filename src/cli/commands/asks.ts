import type { OpenAsk } from "../../verbs/asks.ts";
import type { Shown } from "../render/out.ts";
import { agoText, countText, durationText } from "../render/words.ts";
import { defineVerb } from "../verb.ts";

export const asks = defineVerb({
  examples: ["tutti asks", "tutti asks @last", "tutti asks --json"],
  define: (command) =>
    command.argument(
      "[run]",
      "id of a run, the beginning of one, or @last (default: all that have not ended)",
    ),
  run: async ({ out, json, open }, { args: [name] }) => {
    const tutti = await open();
    const runId = name === undefined ? undefined : (await tutti.find(name)).runId;
    const found = await tutti.asks(runId);
    if (json) out.json({ asks: found });
    else if (found.length === 0) out.note("nobody is asked anything");
    else out.say(...found.flatMap((ask) => askLines(ask, Date.now())));
    return 0;
  },
});

/** What is asked, by whom it may be answered, since when, and what to type. */
function askLines(ask: OpenAsk, now: number): Shown[] {
  const who = ask.by.length > 0 ? `for ${ask.by.join(", ")}` : "for anybody";
  const many = ask.quorum > 1 ? `, ${countText(ask.answers.length, "approval")} of ${ask.quorum}` : "";
  const left = ask.dueAt === undefined ? "" : `, ${durationText(ask.dueAt - now)} left`;
  const due = ask.late === undefined ? left : `, ${ask.late}`;
  const level = ask.level > 0 ? `, escalated ${ask.level} of ${countText(ask.levels, "time")}` : "";
  return [
    [{ text: `${ask.runId} ${ask.address}`, bold: true }, `  ${ask.kind} in ${ask.runName}`],
    `  ${ask.text}`,
    [{ text: `  ${who}${many}, asked ${agoText(ask.askedAt, now)}${due}${level}`, dim: true }],
    ...ask.lines.map((line) => `  ${line}`),
  ];
}
