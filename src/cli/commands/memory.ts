import { Argument } from "commander";
import { TuttiError } from "../../errors.ts";
import type { MemorySummary } from "../../ports/memory.ts";
import type { SharedMemory } from "../../verbs/shared-memory.ts";
import type { Context } from "../context.ts";
import { writtenText } from "../render/memory.ts";
import type { Shown } from "../render/out.ts";
import { headCells, tableLines } from "../render/table.ts";
import { agoText, numberText, oneLine } from "../render/words.ts";
import { usage } from "../usage.ts";
import { defineVerb } from "../verb.ts";

export const memory = defineVerb({
  examples: ["tutti memory", "tutti memory show notes", "tutti memory clear notes", "tutti memory add @last"],
  define: (command) =>
    command
      .addArgument(
        new Argument("[action]", "what to do").choices(["list", "show", "clear", "add"]).default("list"),
      )
      .argument("[name]", "the memory; of add: a run that could not keep what it learned"),
  run: async (context, { args: [action = "list", name] }) => {
    const shared = (await context.open()).memory;
    if (action === "list") return list(context, shared, name);
    if (name === undefined)
      throw usage(`Cannot ${action} without a name`, `use: tutti memory ${action} NAME`);
    if (action === "show") return show(context, shared, name);
    return action === "add" ? add(context, shared, name) : clear(context, shared, name);
  },
});

async function list({ out, json }: Context, shared: SharedMemory, name: string | undefined): Promise<number> {
  if (name !== undefined)
    throw usage(`Cannot list "${name}": list takes no name`, "use: tutti memory show NAME");
  const memories = await shared.list();
  if (json) out.json({ memories });
  else if (memories.length === 0) out.note("no memory yet; steps with `memory: NAME` share one");
  else out.say(...listLines(memories));
  return 0;
}

function listLines(memories: readonly MemorySummary[]): Shown[] {
  const now = Date.now();
  return tableLines([
    headCells("NAME", "NOTES", "BYTES", "CHANGED", ""),
    ...memories.map(({ name, notes, bytes, changedAt, trouble }) => [
      { text: oneLine(name), bold: true },
      trouble === undefined ? numberText(notes) : "?",
      numberText(bytes),
      agoText(changedAt, now),
      oneLine(trouble ?? ""),
    ]),
  ]);
}

async function show({ out, json }: Context, shared: SharedMemory, name: string): Promise<number> {
  const found = await shared.read(name);
  if (!found) throw noSuch("show", name);
  if (json) out.json({ name, ...found });
  else out.say(...found.text.trimEnd().split("\n").map(oneLine));
  return 0;
}

async function clear({ out, json }: Context, shared: SharedMemory, name: string): Promise<number> {
  if (!(await shared.clear(name))) throw noSuch("clear", name);
  if (json) out.json({ cleared: name });
  else out.say(`cleared ${oneLine(name)}`);
  return 0;
}

async function add({ out, json }: Context, shared: SharedMemory, run: string): Promise<number> {
  const added = await shared.addFrom(run);
  if (json) out.json({ added });
  else if (added.length === 0) out.note("nothing was left to add: the run kept what it learned");
  else out.say(...added.map((one) => `${one.name}: ${writtenText(one)}`));
  return 0;
}

function noSuch(doing: string, name: string): TuttiError {
  return new TuttiError("BAD_VALUE", `Cannot ${doing} the memory "${name}": there is none`, {
    fix: "see: tutti memory",
  });
}
