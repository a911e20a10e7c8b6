import { Argument } from "commander";
import { sendMessage } from "../controlled.ts";
import { defineVerb } from "../verb.ts";

export const answer = defineVerb({
  examples: ["tutti answer @last deploy rerun"],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .argument("<node>", "address of the step that was interrupted")
      .addArgument(new Argument("<answer>", "run it again, or take it as failed").choices(["rerun", "fail"])),
  run: (context, { args: [run = "", address = "", value = ""] }) =>
    sendMessage(context, run, { type: "answer", address, value }),
});
