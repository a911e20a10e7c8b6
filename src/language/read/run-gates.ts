import { isObject } from "../../expression/json.ts";
import type { BlockDraft } from "../drafts.ts";
import { below } from "../places.ts";
import { readGates } from "./gates.ts";
import { itemsOf, type Loading, type Located } from "./loading.ts";
import { bareBody, madeStep } from "./made-step.ts";

/** What stands at no gate of a run, and why. */
const misplaced: Readonly<Record<string, readonly [string, string]>> = {
  retry: ["at the end of a run there is nothing to run again", "take it out, or put the gate on the step"],
  claim: ["a run makes no report of itself", "put the gate on the step that reports"],
  files: ["what a run changed is known of single steps only", "put the gate on the steps that write"],
};

/**
 * Adds the gates of the whole run to its outermost block: a last step that does nothing itself, and before which they
 * are checked. It needs all the others (`needAll`), and no error strategy of the chain tolerates that they do not hold.
 */
export function addRunGates(loading: Loading, block: BlockDraft, at: Located | undefined): void {
  if (!at) return;
  const items = Array.isArray(at.value) ? itemsOf(at) : [at];
  const good = items.filter((item) => isPlaced(loading, item));
  const read = good.map((item) => readGates(loading, item, { when: "before" }));
  const draft = madeStep({
    name: "",
    named: false,
    spot: at.spot,
    block,
    action: { kind: "gates" },
    body: {
      ...bareBody,
      before: read.flatMap(({ gates }) => gates),
      errorStrategy: "stop",
      retry: { max: 0, on: [], backoff: "none", baseMs: 0 },
    },
    texts: read.flatMap(({ texts }) => texts),
    callees: read.flatMap(({ callees }) => callees),
  });
  if (items.length > 0) block.steps.push(draft);
}

function isPlaced({ report, known: { gates = {} } }: Loading, item: Located): boolean {
  const { spot } = item;
  const isName = typeof item.value === "string" && Object.hasOwn(gates, item.value);
  const value = isName ? gates[item.value] : item.value;
  if (!isObject(value)) return true;
  const wrong = Object.keys(value).filter((key) => Object.hasOwn(misplaced, key));
  for (const key of wrong) {
    const [why, fix] = misplaced[key] ?? ["", ""];
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: ${why}`,
      fix,
      at: below(spot, value, key),
      part: "key",
    });
  }
  const secrets = value["secrets"];
  const where = isObject(secrets) ? (secrets["in"] ?? "changed") : "globs";
  if (where !== "changed") return wrong.length === 0;
  report.add({
    code: "BAD_VALUE",
    message: "Cannot look for secrets here in what changed: that is known of single steps only",
    fix: "name the files, as in `secrets: {in: src/**}`, or put the gate on the steps that write",
    at: below(spot, value, "secrets"),
    part: "key",
  });
  return false;
}

/** The gates of the run come when all other steps of its block have ended well, but for fallbacks, which may not run. */
export function needAll(block: BlockDraft, dormant: ReadonlySet<string>): void {
  for (const gates of block.steps.filter(({ action }) => action.kind === "gates")) {
    for (const { name } of block.steps) {
      if (name === gates.name || dormant.has(name)) continue;
      gates.needs.set(name, { step: name, because: "depends_on" });
    }
  }
}
