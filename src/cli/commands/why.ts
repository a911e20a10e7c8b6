import { pausingText } from "../pausing.ts";
import { reasonLines } from "../render/reasons.ts";
import { defineVerb } from "../verb.ts";

export const why = defineVerb({
  examples: ["tutti why @last", "tutti why 3m1x --json"],
  define: (command) => command.argument("<run>", "id of a run, the beginning of one, or @last"),
  run: async ({ out, json, open }, { args: [name = ""] }) => {
    const tutti = await open();
    const { runId, status } = await tutti.find(name);
    const reasons = await tutti.why(runId);
    const pausing = pausingText(await tutti.events(runId), status);
    if (json) {
      out.json({ runId, status, pausing: pausing !== undefined, reasons });
      return 0;
    }
    const nothing = reasons.length === 0 ? ": nothing is waited for" : "";
    out.say(
      `run ${runId} is ${status}${pausing === undefined ? nothing : `, ${pausing}`}`,
      ...reasonLines(reasons, runId),
    );
    return 0;
  },
});
