import { TuttiError } from "../../errors.ts";
import { nearest } from "../../expression/nearest.ts";
import type { Event } from "../../core/events.ts";
import type { NodeView, RunView } from "../../core/view.ts";
import type { RunSummary } from "../../verbs/runs.ts";
import type { Tutti } from "../../verbs/tutti.ts";
import { attemptsOf } from "../attempts.ts";
import type { Context } from "../context.ts";
import { landingFacts } from "../landings.ts";
import { pausingText } from "../pausing.ts";
import { pipelinesOf } from "../pipelines.ts";
import { contextLines, contextOf } from "../render/context.ts";
import { landingJson } from "../render/landed.ts";
import { nodeLines } from "../render/node.ts";
import { figuresLines } from "../render/pipeline-lines.ts";
import type { ShownPipeline } from "../render/pipeline-words.ts";
import { insideLines, runLines } from "../render/run-lines.ts";
import { defineVerb } from "../verb.ts";

export const show = defineVerb<{ readonly diff?: boolean; readonly context?: boolean }>({
  examples: [
    "tutti show @last",
    "tutti show 3m1x build/test",
    "tutti show 3m1x build/test --diff",
    "tutti show 3m1x review --context",
    "tutti show 3m1x --json",
  ],
  define: (command) =>
    command
      .argument("<run>", "id of a run, the beginning of one, or @last")
      .argument("[node]", "address of one node, for all that is known of it")
      .option("--diff", "what the run, or the node, changed in files, as a patch")
      .option("--context", "what went into prompts of agents, what was left out of them, and why"),
  run: async (context, { args: [name = "", address], options: { diff, context: asked } }) => {
    const { out, json, open } = context;
    const tutti = await open();
    const { runId, status } = await tutti.find(name);
    if (diff) return showChanges(context, tutti, { runId, address });
    const view = await tutti.show(runId);
    const events = await tutti.events(runId);
    if (asked) return showPrompts(context, view, { events, address });
    const interrupted = status === "interrupted";
    const looked = { view, status, events, pipelines: await pipelinesOf(tutti, view, { interrupted }) };
    if (address !== undefined) return showNode(context, address, looked);
    const pausing = pausingText(events, status);
    const landing = await landingFacts(tutti, view);
    const { pipelines } = looked;
    if (json) {
      const streams = pipelines.length === 0 ? {} : { pipelines };
      out.json({ ...view, status, pausing: pausing !== undefined, ...landingJson(landing), ...streams });
    } else
      out.say(
        ...runLines(view, { status, pausing, landing, pipelines, now: Date.now(), width: out.columns }),
      );
    return 0;
  },
});

interface Looked {
  readonly view: RunView;
  readonly status: RunSummary["status"];
  readonly events: readonly Event[];
  readonly pipelines: readonly ShownPipeline[];
}

function showNode(
  { out, json }: Context,
  address: string,
  { view, status, events, pipelines }: Looked,
): number {
  const node = nodeNamed(view, address);
  const attempts = attemptsOf(events, address);
  const interrupted = status === "interrupted";
  const stream = pipelines.find((one) => one.address === address);
  const drawing = { runId: view.id, width: out.columns };
  if (json) out.json({ ...node, attempts, ...stream });
  else {
    out.say(
      ...nodeLines(node, { attempts, interrupted }),
      ...(stream ? figuresLines(stream, { ...drawing, indent: "  " }) : []),
      ...insideLines(view, { address, interrupted, pipelines, width: out.columns }),
    );
  }
  return 0;
}

/** What went into the prompts of a run, or of a node: of the last attempt of each. */
function showPrompts(
  { out, json }: Context,
  view: RunView,
  { events, address }: { readonly events: readonly Event[]; readonly address: string | undefined },
): number {
  const nodes = address === undefined ? view.nodes : [nodeNamed(view, address)];
  const found = nodes.flatMap((node) => {
    const last = attemptsOf(events, node.address).at(-1);
    const context = last && contextOf(last);
    return context ? [{ address: node.address, attempt: last.attempt, context }] : [];
  });
  if (json) out.json(found);
  else if (found.length === 0) out.note(noContextText(events, address));
  else for (const one of found) out.say([{ text: one.address, bold: true }], ...contextLines(one.context));
  return 0;
}

function noContextText(events: readonly Event[], address: string | undefined): string {
  const asks = events.some(
    (event) =>
      event.type === "attempt.started" &&
      (address === undefined || event.address === address) &&
      (event.request.kind === "agent" || event.request.kind === "command"),
  );
  if (asks) return "nothing says what goes into its prompt (`context_window`): all values stand in it";
  return address === undefined
    ? "no step has asked an agent"
    : `"${address}" has no prompt: it has asked no agent`;
}

async function showChanges(
  { out, json }: Context,
  tutti: Tutti,
  { runId, address }: { readonly runId: string; readonly address: string | undefined },
): Promise<number> {
  const changes = await tutti.changes(runId, address === undefined ? {} : { node: address });
  if (json) out.json(changes);
  else if (changes.files.length > 0) out.document(changes.patch ?? "");
  else out.note("no file was changed");
  return 0;
}

/** The node at an address. Throws UNKNOWN_STEP with the nearest one. */
export function nodeNamed(view: RunView, address: string): NodeView {
  const found = view.nodes.find((node) => node.address === address);
  if (found) return found;
  const close = nearest(
    address,
    view.nodes.map((node) => node.address),
  );
  throw new TuttiError("UNKNOWN_STEP", `Cannot show "${address}": the run has no node at this address`, {
    fix: close === undefined ? `see: tutti show ${view.id}` : `did you mean "${close}"?`,
  });
}
