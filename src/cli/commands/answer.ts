import { sendMessage } from "../controlled.ts";
import { askArguments, type PersonFlags, personOf, whichAsks } from "../people.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

export const answer = defineVerb<PersonFlags>({
  examples: [
    "tutti answer @last colour red",
    `tutti answer @last where '{"host": "eu1", "port": 443}' --as ann`,
    "tutti answer @last deploy rerun   (a step that was interrupted)",
  ],
  define: (command) =>
    askArguments(command).argument(
      "[value]",
      "the answer: JSON where that fits what is asked, else text; rerun or fail for an interrupted step",
    ),
  run: async (context, { args: [run = "", address, value], options }) => {
    if (address === undefined) throw await whichAsks(context, { verb: "answer", name: run });
    if (value === undefined) {
      throw usage(
        'Cannot run "tutti answer" like this: the VALUE is missing',
        `see what is asked: tutti asks ${run}`,
      );
    }
    return sendMessage(context, run, { type: "answer", address, value, typed: true, ...personOf(options) });
  },
});
