import { isObject, type Json } from "../../expression/json.ts";
import { type Located, shown } from "../read/loading.ts";
import type { GateLevel } from "../gate.ts";
import type { Builder, Target } from "./builder.ts";
import { addCriteria } from "./criteria.ts";

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

/**
 * Puts all gates of a step on the level that is asked for; one that names a level itself keeps it. A step without
 * gates gets one of the level's own name: that of the settings, else its own claim.
 */
export function enforce(builder: Builder, step: Target, at: Located): void {
  const { value } = at;
  const level = typeof value === "string" && Object.hasOwn(levels, value) ? levels[value] : undefined;
  if (level === undefined) {
    const known = Object.keys(levels).join(", ");
    builder.loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(value)}" as "enforcement_level": it must be one of ${known}`,
      fix: `write one of ${known}`,
      at: at.spot,
    });
    return;
  }
  if (!Array.isArray(step["gates"])) addCriteria(builder, { step, at, key: "enforcement_level" });
  const gates: readonly Json[] = Array.isArray(step["gates"]) ? step["gates"] : [];
  builder.put(step, "gates", { from: at, value: gates.map((gate) => withLevel(builder, gate, level)) });
}

function withLevel({ loading }: Builder, gate: Json, level: GateLevel): Json {
  if (isObject(gate)) return { level, ...gate };
  const defined = typeof gate === "string" ? loading.known.gates?.[gate] : undefined;
  return defined ? { name: gate, ...defined, level } : gate;
}
