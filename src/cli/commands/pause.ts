import { tellSent } from "../controlled.ts";
import { exitStatus } from "../exit-status.ts";
import { defineVerb } from "../verb.ts";

export const pause = defineVerb<{ readonly reason?: string }>({
  examples: ["tutti pause @last", 'tutti pause 3m1x --reason "the build server is down"'],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .option("--reason <text>", "why; kept with the run"),
  run: async (context, { args: [name = ""], options: { reason } }) => {
    const tutti = await context.open();
    const { runId } = await tutti.find(name);
    const end = await tutti.control(runId, { type: "pause", ...(reason === undefined ? {} : { reason }) });
    tellSent(context, { runId, verb: "pause", end });
    context.out.note(`what runs is left to end; go on with: tutti resume ${runId}`);
    return exitStatus.done;
  },
});
