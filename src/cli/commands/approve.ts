import { sendMessage } from "../controlled.ts";
import { askArguments, type PersonFlags, personOf, whichAsks } from "../people.ts";
import { defineVerb } from "../verb.ts";

export const approve = defineVerb<PersonFlags>({
  examples: ["tutti approve @last deploy", 'tutti approve 3m1x review/ship --as ann --reason "looks good"'],
  define: (command) => askArguments(command).option("--reason <text>", "why; kept with the run"),
  run: async (context, { args: [run = "", address], options }) => {
    if (address === undefined) throw await whichAsks(context, { verb: "approve", name: run });
    return sendMessage(context, run, { type: "answer", address, value: true, ...personOf(options) });
  },
});
