import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { isTuttiError } from "../errors.ts";
import type { StepDefinition } from "../language/definition.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Tutti } from "./tutti.ts";

async function opened() {
  const tutti = await openTutti({ cwd: temporaryFolder(), state: "memory" });
  onTestFinished(() => tutti.close());
  return { tutti };
}

/** A run of these steps, left alone as soon as it waits. */
async function leftWaiting(chain: readonly StepDefinition[]) {
  const { tutti } = await opened();
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "left", chain } }));
  handle.on((news) => {
    if (news.kind === "events" && news.state.status === "waiting") handle.stop("left alone");
  });
  const { status } = await handle.done;
  expect(status).toBe("waiting");
  return tutti.why(handle.id);
}

describe("the run that a person means", () => {
  const found = async (tutti: Tutti, name: string) => {
    try {
      return (await tutti.find(name)).runId;
    } catch (error) {
      if (isTuttiError(error)) return [error.code, error.message, error.fix].join(" | ");
      throw error;
    }
  };

  it("is not there while there is none, and it is said where was looked", async () => {
    const { tutti } = await opened();
    for (const name of ["@last", "x", ""]) {
      expect(await found(tutti, name)).toBe(
        `RUN_NOT_FOUND | Cannot find the run "${name}": there is none yet in ${tutti.stateDir} | ` +
          "start one: tutti run FILE; or name the project's folder with --cwd",
      );
    }
  });

  it("is named by its id, a prefix or @last; what else is typed gets a hint", async () => {
    const { tutti } = await opened();
    const source = await tutti.load({
      kind: "object",
      value: { name: "flow", chain: [{ name: "a", run: "true" }] },
    });
    const ids: string[] = [];
    for (let round = 0; round < 7; round += 1) {
      const { id, done } = await tutti.start(source);
      await done;
      ids.push(id);
    }
    const [first = ""] = ids;
    const last = ids.at(-1) ?? "";
    expect(await found(tutti, first)).toBe(first);
    expect(await found(tutti, "@last")).toBe(last);
    const newest = ids.toReversed().slice(0, 5).join(", ");
    expect(await found(tutti, last.slice(0, 2))).toBe(
      `RUN_AMBIGUOUS | Cannot tell which run "${last.slice(0, 2)}" is: 7 start with it | ` +
        `give more of the id: ${newest}, …; @last is the newest of all`,
    );
    expect(await found(tutti, "flow")).toBe(
      `RUN_NOT_FOUND | Cannot find the run "flow": this is the name of a workflow | name one of its runs; the last is ${last}`,
    );
    expect(await found(tutti, first.toUpperCase())).toContain(`did you mean "${first}"?`);
    expect(await found(tutti, "@lats")).toContain('did you mean "@last"?');
    expect(await found(tutti, "nonsense!")).toContain("see: tutti runs; @last is the newest");
  });
});

describe("why a run that nobody drives does not go on", () => {
  it("names the process that is missing when a time has to be watched", async () => {
    const [first, second] = await leftWaiting([{ name: "nap", wait: "1h" }]);
    expect(first).toMatchObject({ address: "", waitsFor: "a process to watch the time: none drives it" });
    expect(first?.fix).toMatch(/^tutti resume /);
    expect(second?.address).toBe("nap");
  });

  it.each([
    ["signal", { wait: { signal: "approved" } }],
    ["signal with a deadline", { wait: { signal: "approved", deadline: "1h" } }],
    ["answer", { approval: "Go?", deadline: "1h" }],
  ])("names the %s alone when only that is missing", async (_, step) => {
    const reasons = await leftWaiting([{ name: "ok", ...step }]);
    expect(reasons.map(({ address }) => address)).toEqual(["ok"]);
  });
});
