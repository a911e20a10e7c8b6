// The part of the played `claude` program in which it asks whoever started it about its tool calls (see fake-claude.js).
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";

const call = { id: "toolu_1", name: "Bash", input: { command: "printf 'made\\n' > made.txt" } };

/**
 * `before`: what the session is known by, with `stands: true` when it was ended before the call. `keep` writes that down.
 * @param {{ before: { stands?: boolean }, isNew: boolean, say: (message: object) => void, keep: (stands: boolean) => void,
 *   assistant: (content: object[]) => void, result: (rest: object, usd?: number) => void }} session
 */
export function converse({ before, isNew, say, keep, assistant, result }) {
  const lines = createInterface({ input: process.stdin });
  const ask = (subtype, rest) =>
    say({
      type: "control_request",
      request_id: subtype,
      request: { subtype, tool_use_id: call.id, ...rest },
    });
  const reach = () =>
    ask("hook_callback", {
      callback_id: "tutti",
      input: {
        tool_name: call.name,
        tool_input: call.input,
        tool_use_id: call.id,
        cwd: process.cwd(),
        permission_mode: "acceptEdits",
      },
    });
  const end = (rest, usd) => {
    result(rest, usd);
  };
  const decided = {
    allow() {
      keep(false);
      writeFileSync("made.txt", "made\n");
      end({ result: "done" });
    },
    deny() {
      keep(false);
      const denial = { tool_name: call.name, tool_use_id: call.id, tool_input: call.input };
      end({ result: "left it", permission_denials: [denial] });
    },
    defer() {
      keep(true);
      end({ result: "", terminal_reason: "tool_deferred", deferred_tool_use: call }, isNew ? undefined : 0);
    },
    pass: () => ask("can_use_tool", { tool_name: call.name, input: call.input }),
  };
  lines.on("line", (line) => {
    const message = JSON.parse(line);
    if (message.type === "control_request") {
      say({
        type: "control_response",
        response: { subtype: "success", request_id: "tutti", response: { commands: [], agents: [] } },
      });
      if (before.stands) reach();
    } else if (message.type === "user") {
      assistant([{ type: "tool_use", name: call.name, input: call.input }]);
      reach();
    } else {
      const { response } = message.response;
      decided[response.hookSpecificOutput?.permissionDecision ?? response.behavior ?? "pass"]();
    }
  });
}
