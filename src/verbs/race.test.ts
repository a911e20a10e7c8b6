import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";

it("what lost a race is not begun again when the run goes on, and nothing after the race is repeated", async () => {
  const calls: string[] = [];
  let isOpen = false;
  const tutti = await openTutti({
    state: "memory",
    functions: {
      slow: (_, { signal }) => {
        calls.push("slow");
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)),
        );
      },
      quick: () => {
        calls.push("quick");
        return "won";
      },
      deploy: (args) => {
        calls.push(`deploy ${JSON.stringify(args)}`);
        return null;
      },
      later: () => {
        if (!isOpen) throw new Error("not yet");
        return null;
      },
    },
  });
  onTestFinished(() => tutti.close());
  const race = [
    { name: "a", function: "slow" },
    { name: "b", function: "quick" },
  ];
  const chain = [
    { name: "race", parallel: "any", steps: race },
    { name: "deploy", function: "deploy", with: "${ race.output }" },
    { name: "later", function: "later", depends_on: ["deploy"] },
  ];
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
  expect((await handle.done).status).toBe("failed");
  const before = [...calls];
  expect(before).toEqual(["slow", "quick", 'deploy {"a":null,"b":"won"}']);
  isOpen = true;
  const again = await tutti.resume(handle.id);
  expect((await again.done).status).toBe("completed");
  expect(calls).toEqual(before);
});
