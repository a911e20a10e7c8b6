import { exitStatus } from "../exit-status.ts";
import { exitStatusOfWatched } from "../looking-on.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

export const watch = defineVerb({
  examples: ["tutti watch", "tutti watch @last"],
  define: (command) =>
    command.argument("[run]", "id of a run, the beginning of one, or @last; without one, all runs"),
  run: async (context, { args: [name] }) => {
    const { out, json } = context;
    const tutti = await context.open();
    const { watchRun, watchAll } = await import("../render/watch.ts");
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    process.once("SIGINT", leave).once("SIGTERM", leave);
    const signal = AbortSignal.any([leaving.signal, out.gone]);
    const options = { out: out.screen, print: (line: string) => out.say(line), signal };
    if (name === undefined) {
      if (json) throw usage('Cannot watch all runs with "--json": it never ends', "use: tutti runs --json");
      await watchAll(tutti, options);
      return exitStatus.done;
    }
    const { runId } = await tutti.find(name);
    const status = await watchRun(tutti, runId, options);
    if (json) out.json({ runId, status });
    return exitStatusOfWatched(status);
  },
});
