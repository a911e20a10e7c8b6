import { workflowJsonSchema } from "../../language/schema.ts";
import { defineVerb } from "../verb.ts";

export const schema = defineVerb<{ readonly settings?: boolean }>({
  examples: ["tutti schema > workflow.schema.json", "tutti schema --settings"],
  define: (command) => command.option("--settings", "of tutti.yaml instead of workflows"),
  run: async ({ out, json }, { options: { settings } }) => {
    const found = settings ? (await import("../../engine.ts")).settingsJsonSchema() : workflowJsonSchema();
    if (json) out.json(found);
    else out.document(`${JSON.stringify(found, undefined, 2)}\n`);
    return 0;
  },
});
