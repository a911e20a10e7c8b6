import { asText } from "../../expression/json.ts";
import { type Located, shown } from "../read/loading.ts";
import type { GateLevel } from "../gate.ts";
import { type Builder, type MemberAt, type Target } from "./builder.ts";
import { addCriteria, gatesOf, withLevel } from "./criteria.ts";
import { strictest } from "./known-criteria.ts";

/** What `enforcement_level` may say, and the level that its gates get. */
const levels: Readonly<Record<string, GateLevel>> = {
  maximum_strictness: "maximum",
  maximum: "maximum",
  strict: "blocking",
  standard: "blocking",
  blocking: "blocking",
  lenient: "advisory",
  advisory: "advisory",
};

/** What a judge is asked for a level where no gate says what it is about. */
const meanings: Readonly<Record<GateLevel, string>> = {
  maximum: strictest,
  blocking: "all that was asked is done, and nothing that worked before is broken",
  advisory: "what was asked is done",
};

/** Keys of a command whose value names what should hold after it. */
export const criteriaKeys = [
  "quality_gates",
  "blocking_requirements",
  "final_validation",
  "success_criteria",
] as const;

/**
 * The gates of a command: those of its criteria, all on the level of its `enforcement_level`; one that names a level
 * itself keeps it, and what is required blocks at any level. A level without gates is a criterion itself.
 */
export function addGates(builder: Builder, step: Target, members: ReadonlyMap<string, MemberAt>): void {
  const written = members.get("enforcement_level")?.at;
  const level = written && levelOf(builder, written);
  if (level) raise(builder, step, { from: written, level });
  for (const key of criteriaKeys) {
    const at = members.get(key)?.at;
    if (at) addCriteria(builder, { target: step, at, key, level: levelFor(key, level) });
  }
  if (!level || step["gates"] !== undefined) return;
  const criteria = [{ from: written, name: asText(written.value), prose: meanings[level] }];
  addCriteria(builder, { target: step, at: written, key: "enforcement_level", level, criteria });
}

function levelFor(key: string, level: GateLevel | undefined): GateLevel | undefined {
  return key === "blocking_requirements" && level === "advisory" ? "blocking" : level;
}

/** Puts the gates that a step has already on a level. */
function raise(
  builder: Builder,
  step: Target,
  { from, level }: { readonly from: Located; readonly level: GateLevel },
): void {
  const gates = gatesOf(step).map((at) => ({ value: withLevel(builder, at, level), from: at }));
  if (gates.length > 0) builder.put(step, "gates", { from, value: builder.list(gates) });
}

function levelOf({ loading }: Builder, { value, spot: at }: Located): GateLevel | undefined {
  if (typeof value === "string" && Object.hasOwn(levels, value)) return levels[value];
  const known = Object.keys(levels).join(", ");
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot use "${shown(value)}" as "enforcement_level": it must be one of ${known}`,
    fix: `write one of ${known}`,
    at,
  });
  return undefined;
}
