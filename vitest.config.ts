import { existsSync } from "node:fs";
import { relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, longest first: begun last, they would leave the other cores idle. */
const longest = [
  "test/crash.test.ts",
  "src/workspace/git/kills.test.ts",
  "src/workspace/git/land-kills.test.ts",
  "src/workspace/git/writers.test.ts",
  "test/documents.test.ts",
  "test/crash-swarms.test.ts",
  "test/swarm-scale.test.ts",
  "test/rollback-kills.test.ts",
  "test/crash/state.test.ts",
  "test/simulation.test.ts",
  "src/workspace/git/user-states.test.ts",
  "src/workspace/git/workspaces.test.ts",
  "test/cli/starting.test.ts",
  "src/processes/supervisor.test.ts",
  "test/crash/states.test.ts",
];
for (const file of longest) {
  if (!existsSync(new URL(file, import.meta.url)))
    throw new Error(`Cannot begin with "${file}": there is no such file`);
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.indexOf(relative(import.meta.dirname, moduleId));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    isolate: false,
    // Much of the time goes to programs that tests wait for: a core more than vitest takes by itself.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    // What is waited for comes at its time, however busy the machine is.
    expect: { poll: { timeout: 15_000 } },
  },
});
