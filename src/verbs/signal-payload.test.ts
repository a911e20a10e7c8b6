import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { ControlMessage } from "./control.ts";

it.each([
  ["none", {}],
  ["none that is named", { payload: undefined }],
])("a signal with %s of a payload carries true, as on the command line", async (_, rest) => {
  const cwd = temporaryFolder();
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const value = { name: "x", chain: [{ name: "ok", wait: { signal: "go" } }] };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  expect((await handle.done).status).toBe("waiting");
  // plain JavaScript has no types
  const message = { type: "signal", name: "go", ...rest } as unknown as ControlMessage;
  expect(await tutti.control(handle.id, message)).toMatchObject({ end: "done", status: "completed" });
  expect((await tutti.show(handle.id)).nodes).toMatchObject([{ address: "ok", output: true }]);
});
