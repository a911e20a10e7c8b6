import { describe, expect, it } from "vitest";
import { loadWorkflow } from "./load.ts";
import { migrate } from "./migrate.ts";
import { migratedJson } from "./migrated-json.ts";

const seed = `{"type": "chain", "steps": [{"id": "a", "command": "/query", "args": "x"}, {"id": "b", "command": "/task"}]}`;

describe("a migrated workflow as JSON", () => {
  it("is the same workflow, with its keys in the order of the YAML", () => {
    const yaml = migrate(seed);
    const json = migratedJson(yaml);
    expect(json.notes).toEqual(yaml.notes);
    expect(JSON.parse(json.text)).toMatchObject({ chain: { steps: [{ name: "a" }, { name: "b" }] } });
    expect(json.text.indexOf('"name"')).toBeLessThan(json.text.indexOf('"command"'));
    expect(json.text.endsWith("}\n")).toBe(true);
    expect(loadWorkflow(json.text).workflow?.chain).toEqual(loadWorkflow(yaml.text).workflow?.chain);
  });

  it("says when comments are left out, wherever they stand", () => {
    for (const text of [
      "# top\nchain: []",
      "chain:\n  # look\n  - run: x",
      "chain: [] # here",
      "chain: []\n\n# end",
    ])
      expect(migratedJson({ text, notes: ["one"] }).notes).toEqual([
        "one",
        "JSON has no comments: they are left out",
      ]);
    expect(migratedJson({ text: "chain: ['# x']\nname: a#b\n", notes: [] }).notes).toEqual([]);
  });
});
