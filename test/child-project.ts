import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openTutti, type TuttiOptions } from "../src/engine.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import type { Tutti } from "../src/verbs/tutti.ts";

export type Functions = NonNullable<TuttiOptions["functions"]>;

/** tutti with a workflow `child.yaml` and its parent, whose step `sub` runs it as a run of its own. */
export async function opened(files: Record<string, string>, options: TuttiOptions = {}) {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const open = async (): Promise<Tutti> => {
    const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), ...options });
    onTestFinished(() => tutti.close());
    return tutti;
  };
  const tutti = await open();
  const load = () => tutti.load({ kind: "file", path: join(cwd, "parent.yaml") });
  return { tutti, open, load, cwd };
}

export const parent = `
name: parent
chain:
  - {name: sub, workflow: ./child.yaml, with: {word: hello}, mode: child}
  - {name: after, function: say, with: "\${ sub.output.last }"}
`;
export const child = `
name: child
inputs: {word: {type: string}}
chain:
  - {name: first, function: say, with: "\${ inputs.word }"}
  - {name: last, function: say, with: "\${ first.output } there", depends_on: [first]}
`;

export function saying(): { said: unknown[]; functions: Functions } {
  const said: unknown[] = [];
  return {
    said,
    functions: {
      say: (value) => {
        said.push(value);
        return value;
      },
    },
  };
}

export const asking = `
name: child
inputs: {word: {type: string}}
chain:
  - {name: first, function: say, with: "\${ inputs.word }"}
  - {name: ok, approval: "Go on?", depends_on: [first]}
  - {name: last, function: say, with: "yes", depends_on: [ok]}
`;
