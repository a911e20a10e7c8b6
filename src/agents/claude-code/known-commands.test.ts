import { describe, expect, it } from "vitest";
import { createKnownCommands } from "./known-commands.ts";

const call = (name: string, file = "/repo/.claude/commands/x.md") => ({
  name,
  file,
  arguments: "",
  expanded: "",
  native: true,
});

const userFolder = "/home/me/.claude";

function world() {
  const state = { now: 0, asked: 0, names: ["family:cmd (project)"] };
  const ask = (input: string) => {
    state.asked += 1;
    expect(JSON.parse(input)).toMatchObject({ request: { subtype: "initialize" } });
    const commands = state.names.map((name) => ({
      name: name.split(" ")[0],
      description: `does it ${name}`,
    }));
    return Promise.resolve(
      `a warning\n${JSON.stringify({ type: "control_response", response: { response: { commands } } })}\n`,
    );
  };
  const known = createKnownCommands({ clock: { now: () => state.now, at: () => () => {} } });
  const find = (command: ReturnType<typeof call>, cwd = "/repo") =>
    known.find(command, { cwd, ask, userFolder });
  return { state, known, find };
}

describe("the commands the program knows", () => {
  it("are asked for once a minute and folder", async () => {
    const { state, find } = world();
    expect(await find(call("family:cmd"))).toBe("yes");
    expect(await find(call("family:cmd"))).toBe("yes");
    expect(state.asked).toBe(1);
    await find(call("family:cmd"), "/other");
    expect(state.asked).toBe(2);
    state.now = 60_000;
    await find(call("family:cmd"));
    expect(state.asked).toBe(3);
  });

  it("are asked for again before one is called unknown", async () => {
    const { state, find } = world();
    expect(await find(call("new"))).toBe("no");
    state.names.push("new (project)");
    expect(await find(call("new"))).toBe("yes");
    expect(state.asked).toBe(2);
  });

  it("may stand for another file than the one that was resolved", async () => {
    const { state, find } = world();
    state.names = ["mine (user)", "theirs (project)"];
    expect(await find(call("mine"))).toBe("other");
    expect(await find(call("mine", "/home/me/.claude/commands/mine.md"))).toBe("yes");
    expect(await find(call("theirs", "/home/me/.claude/commands/theirs.md"))).toBe("other");
  });

  it("stay open when the program does not answer", async () => {
    const { known } = world();
    const ask = () => Promise.resolve("error: unknown option\n");
    expect(await known.find(call("family:cmd"), { cwd: "/repo", ask, userFolder })).toBeUndefined();
  });
});
