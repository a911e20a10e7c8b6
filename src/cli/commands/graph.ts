import { Option } from "commander";
import type { GraphFormat } from "../../verbs/graph.ts";
import { loadNoted, sourceNamed } from "../source.ts";
import { defineVerb } from "../verb.ts";

export const graph = defineVerb<{ readonly format: GraphFormat }>({
  examples: ["tutti graph workflows/first.yaml", "tutti graph big.yaml --format dot | dot -Tsvg > big.svg"],
  define: (command) =>
    command
      .argument("<file>", "workflow file, pattern:NAME, or - for standard input")
      .addOption(
        new Option("--format <format>", "form of the picture")
          .choices(["mermaid", "dot", "ascii"])
          .default("ascii"),
      ),
  run: async (context, { args: [file = ""], options: { format } }) => {
    const tutti = await context.open();
    const source = await sourceNamed(file, { tutti, cwd: context.cwd });
    const { workflow } = await loadNoted(context, tutti, source);
    const picture = tutti.graph(workflow, format);
    if (context.json) context.out.json({ name: workflow.name, format, graph: picture });
    else context.out.document(picture);
    return 0;
  },
});
