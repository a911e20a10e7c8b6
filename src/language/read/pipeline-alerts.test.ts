import { expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** Each problem of the alerts as `CODE line:column marked words | fix`. */
function found(alerts: string): string[] {
  const { problems } = loadWorkflow(`pipeline:\n  source: in.jsonl\n  alerts: ${alerts}`);
  return problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${column} ${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

it.each<[string, readonly string[]]>([
  [
    "[{when: 'eror_rate > 1'}, {when: 'stages.nope.dead > 1'}, {name: x}, {when: 'inputs.x > 1', notify: mail}, {when: 5 + 5}, {when: cost}]",
    [
      "UNKNOWN_NAME 3:20 eror_rate | write error_rate",
      "UNKNOWN_NAME 3:45 stages.nope.dead | use one of result",
      'MISSING_KEY 3:69 {name: x} | add "when:"',
      "BAD_VALUE 3:111 mail | write terminal, desktop or handover",
      "EXPRESSION_TYPE 3:125 5 + 5 | compare it with something, as in a.exit_code == 0",
      "EXPRESSION_TYPE 3:140 cost | compare figures with numbers, as in dead > 10",
    ],
  ],
  [
    `[{when: dead > 1, notify: handover}, {name: b, when: '"x" > dead'}, {name: c, when: dead % 2 == 0 && lag / 2.5 > stages.result.done, notify: {webhook: "ftp://x"}}]`,
    [
      "BAD_VALUE 3:37 handover | write terminal, desktop, {webhook: URL}, {command: line} or {file: path}",
      `EXPRESSION_TYPE 3:64 '"x" > dead' | compare figures with numbers, as in dead > 10`,
      'BAD_VALUE 3:162 "ftp://x" | write a URL that begins with https://',
    ],
  ],
])("what is wrong with alerts is known before they could ring: %j", (alerts, problems) =>
  expect(found(alerts)).toEqual(problems),
);
