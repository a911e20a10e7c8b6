import { expect, it } from "vitest";
import { requireApart } from "./apart.ts";

it("files that a pipeline without an end writes are none that it reads, also where only its inputs say so", () => {
  const apart = (paths: readonly string[], path: string, continuous = true) =>
    requireApart(
      {
        source: { kind: "files", paths },
        sinks: [{ kind: "files", path, name: "out", from: ["source"], batchSize: 1, batchWaitMs: 0 }],
        continuous,
      },
      "/project",
    );
  expect(() => apart(["in/*.json"], "in/${ record.id }.json")).toThrow(
    'Cannot write files to "in/${ record.id }.json": the pipeline reads such files itself ("in/*.json")',
  );
  expect(() => apart(["/project/in/*.json"], "in/${ record.id }.json")).toThrow("Cannot write files");
  expect(() => apart(["/other/in/*.json", "in/x.json"], "in/${ record.id }.json")).not.toThrow();
  expect(() => apart(["in/*.json"], "in/${ record.id }.json", false)).not.toThrow();
});
