import type { Shown } from "./render/out.ts";

/** What `tutti` alone says: the first things to do. */
export function shortHelpLines(): Shown[] {
  const first = [
    ["tutti init", "write a first workflow here"],
    ["tutti run workflows/first.yaml --agent mock", "run it; nothing is spent"],
    ["tutti commands", "the slash commands you can use as steps"],
    ['tutti chain "query how auth works → task"', "two commands, one after another"],
    ["tutti resume @last", "go on with the last run, after anything"],
  ] as const;
  return [
    [{ text: "tutti", bold: true }, " runs workflows of coding-agent commands so that they finish."],
    "",
    ...first.map(([line, what]) => [`  ${line.padEnd(46)}`, { text: what, dim: true }]),
    "",
    "All verbs: tutti --help · this machine: tutti doctor",
  ];
}

/** All verbs with what they do. */
export function helpLines(verbs: Readonly<Record<string, { readonly summary: string }>>): Shown[] {
  return [
    "Usage: tutti VERB [ARGUMENTS] [FLAGS]",
    "",
    ...Object.entries(verbs).map(([name, { summary }]) => [
      "  ",
      { text: name.padEnd(10), bold: true },
      ` ${summary}`,
    ]),
    "",
    "A RUN is an id, the beginning of one, or @last. A NODE is an address that `tutti show RUN` prints.",
    "",
    "With every verb: --json  --quiet  --debug  --home DIR  --cwd DIR  --help",
    "Exit status: 0 completed · 1 failed · 2 wrong input · 3 waiting · 4 cancelled · 5 degraded · 130 interrupted",
  ];
}
