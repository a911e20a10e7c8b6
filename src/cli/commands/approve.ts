import { sendMessage } from "../controlled.ts";
import { askArguments, type PersonFlags, personOf } from "../people.ts";
import { defineVerb } from "../verb.ts";

export const approve = defineVerb<PersonFlags>({
  examples: ["tutti approve @last deploy", 'tutti approve 3m1x review/ship --as ann --reason "looks good"'],
  define: (command) => askArguments(command).option("--reason <text>", "why; kept with the run"),
  run: (context, { args: [run = "", address = ""], options }) =>
    sendMessage(context, run, { type: "answer", address, value: true, ...personOf(options) }),
});
