import { type Json, parseJson } from "../../expression/json.ts";
import { sendMessage } from "../controlled.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

export const signal = defineVerb({
  examples: ["tutti signal @last approved", `tutti signal 3m1x reviewed '{"by": "ann", "ok": true}'`],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .argument("<name>", "the signal that a step waits for")
      .argument("[json]", "what goes with it (default: true)"),
  run: (context, { args: [run = "", name = "", text] }) =>
    sendMessage(context, run, { type: "signal", name, payload: payloadOf(text) }),
});

function payloadOf(text: string | undefined): Json {
  if (text === undefined) return true;
  try {
    return parseJson(text);
  } catch {
    throw usage(
      `Cannot send "${text.slice(0, 80)}" with the signal: it is not JSON`,
      `quote a text twice: '"ok"'`,
    );
  }
}
