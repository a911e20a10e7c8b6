import { sendMessage } from "../controlled.ts";
import { askArguments, type PersonFlags, personOf, whichAsks } from "../people.ts";
import { defineVerb } from "../verb.ts";

export const reject = defineVerb<PersonFlags>({
  examples: ['tutti reject @last deploy --reason "not on a Friday"'],
  define: (command) => askArguments(command).requiredOption("--reason <text>", "why; the step fails with it"),
  run: async (context, { args: [run = "", address], options }) => {
    if (address === undefined) throw await whichAsks(context, { verb: "reject", name: run });
    return sendMessage(context, run, { type: "answer", address, value: false, ...personOf(options) });
  },
});
