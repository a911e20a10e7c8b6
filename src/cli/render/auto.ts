import type { AutoPlan } from "../../language/auto/auto.ts";
import type { Shown } from "./out.ts";

/** What a task was found to be, and why: mode, points, commands. */
export function autoLines({
  mode,
  because,
  score,
  thinking,
  effort,
  signs,
  commands,
  notes,
}: AutoPlan): Shown[] {
  const points = signs.map(({ points: some, because: why }): Shown => [
    `  ${some > 0 ? "+" : ""}${some}  `.padStart(7),
    why,
  ]);
  const picked = commands.map(
    ({ part, command, origin }) => `${part} ${command} (${origins[origin] ?? origin})`,
  );
  return [
    [
      "complexity ",
      { text: `${score} of 10`, bold: true },
      signs.length === 0 ? ": nothing in its words says more" : "",
    ],
    ...points,
    ["mode ", { text: mode, bold: true }, `: ${because}`],
    effort === undefined
      ? "thinking: as each command says itself"
      : `thinking ${thinking}: agents that can be told are told effort ${effort}`,
    ...(picked.length > 0 ? [`commands: ${picked.join(" · ")}`] : []),
    ...notes.map((note): Shown => [{ text: `note: ${note}`, tone: "warn" }]),
  ];
}

const origins: Readonly<Record<string, string>> = {
  project: "the project's own",
  user: "yours",
  plugin: "of a plugin",
  builtin: "tutti's own",
};
