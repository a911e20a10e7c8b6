import { expect, it } from "vitest";
import { nodeView } from "../../../test/cli/views.ts";
import type { GateView, NodeView } from "../../core/view.ts";
import type { JsonObject } from "../../expression/json.ts";
import { decidedIn, decidedLines } from "./decided.ts";

function landing(evidence: JsonObject, passed = true): GateView {
  return { name: "landing", when: "after", level: "blocking", attempt: 1, passed, evidence };
}

function landed(address: string, side: string, ...files: readonly string[]): NodeView {
  return nodeView(address, { gates: [landing({ landed: "c1", side, decided: files })] });
}

it("a run says on one line whose work is not in its tree, where a side was taken", () => {
  expect(
    decidedLines({ id: "r1", nodes: [landed("a", "ours", "f"), landed("b", "ours", "f", "g\nh")] }),
  ).toEqual([
    "  changed on both sides: f, g h; what a, b did to the same lines did not land (`ours`): tutti show r1 a",
  ]);
  expect(decidedLines({ id: "r1", nodes: [landed("x y", "theirs", "f")] })).toEqual([
    "  changed on both sides: f; x y wrote over the others' lines (`theirs`): tutti show r1 'x y'",
  ]);
});

it("a run says nothing of it where no side was taken, and of gates that are no landing", () => {
  const gates = [
    landing({ landed: "c1", files: ["f"] }),
    landing({ decided: ["f"], side: "ours" }),
    landing({ landed: "c1", side: "ours", decided: ["f"] }, false),
  ];
  expect(decidedLines({ id: "r1", nodes: [nodeView("a", { gates })] })).toEqual([]);
  expect(decidedIn({ landed: "c1" })).toBeUndefined();
});
