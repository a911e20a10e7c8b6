import type { Json } from "../../expression/json.ts";
import { limitName } from "../../language/limits.ts";
import type { ChangedSetting, UpdateDifference } from "../../verbs/update.ts";
import type { Shown } from "./out.ts";
import { amountText, type Tone } from "./words.ts";

/** What a changed workflow does to a run. */
export function differenceLines(difference: UpdateDifference): Shown[] {
  const { added, removed, changed, inside, adjusted, kept, settings } = difference;
  const own = new Set(inside);
  // What a result rests on besides its step is known only when the step comes up: inputs, outputs, what gates read.
  const again = givesUpResults(difference) ? "; those of them that read what changed run again" : "";
  const all = [
    ...lines("+", { tone: "good", addresses: added, what: "new" }),
    ...lines("-", { tone: "bad", addresses: removed, what: "removed" }),
    ...lines("~", {
      tone: "warn",
      addresses: changed.filter((address) => !own.has(address)),
      what: "changed: runs again, and what depends on it",
    }),
    ...lines("~", {
      tone: "warn",
      addresses: inside,
      what: "changed: its run goes on with the change; what reads outputs that become others runs again",
    }),
    ...adjusted.flatMap(({ address, keys }) =>
      lines("~", {
        tone: "warn",
        addresses: [address],
        what: `${keys.join(", ")} changed; a result it has is kept`,
      }),
    ),
    ...settings.map(settingLine),
    ...(kept.length > 0 ? [[{ text: `  ${kept.length} finished and unchanged${again}`, dim: true }]] : []),
  ];
  const count = added.length + removed.length + changed.length + adjusted.length + settings.length;
  return count === 0
    ? ["the workflow is the same as that of the run", ...all]
    : ["the workflow has changed:", ...all];
}

/** True when results may be given up: steps are other ones, or what they read. */
export function givesUpResults({ removed, changed, settings }: UpdateDifference): boolean {
  return (
    removed.length + changed.length > 0 || settings.some(({ group }) => group === "inputs" || group === "env")
  );
}

interface Group {
  readonly tone: Tone;
  readonly addresses: readonly string[];
  readonly what: string;
}

function lines(mark: string, { tone, addresses, what }: Group): Shown[] {
  return addresses.map((address) => [
    "  ",
    { text: `${mark} ${address}`, tone },
    { text: `  ${what}`, dim: true },
  ]);
}

function settingLine(setting: ChangedSetting): Shown {
  const { name, before, after } = shownSetting(setting);
  const [mark, tone] = markOf(setting);
  const rerun = setting.group === "inputs" || setting.group === "env" ? ": what uses it runs again" : "";
  const values =
    before === undefined ? after : after === undefined ? `was ${before}` : `${before} → ${after}`;
  return ["  ", { text: `${mark} ${name}`, tone }, `  ${values}`, { text: rerun, dim: true }];
}

function markOf({ before, after }: ChangedSetting): readonly [string, Tone] {
  if (before === undefined) return ["+", "good"];
  return after === undefined ? ["-", "bad"] : ["~", "warn"];
}

interface ShownSetting {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function shownSetting(setting: ChangedSetting): ShownSetting {
  if (setting.group === "limits") {
    const { name, before, after } = setting;
    return {
      name: `limits.${limitName(name)}`,
      before: before === undefined ? undefined : amountText(name, before),
      after: after === undefined ? undefined : amountText(name, after),
    };
  }
  const { group, name, before, after } = setting;
  return {
    name: group === "workflow" ? name : `${group}.${name}`,
    before: valueText(before),
    after: valueText(after),
  };
}

function valueText(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
