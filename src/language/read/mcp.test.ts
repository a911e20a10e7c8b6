import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "../load.ts";
import type { Step } from "../workflow.ts";

const head = `
name: w
inputs: {dir: string}
mcp_servers:
  files: {command: npx, args: [-y, server-files, "\${ inputs.dir }"], env: {KEY: "\${ secrets.KEY }"}}
  web: {type: http, url: "https://example.com/mcp", headers: {authorization: "Bearer \${ secrets.TOKEN }"}}
chain:
`;

const files = {
  command: "npx",
  args: ["-y", "server-files", "${ inputs.dir }"],
  env: { KEY: "${ secrets.KEY }" },
};
const web = { url: "https://example.com/mcp", headers: { authorization: "Bearer ${ secrets.TOKEN }" } };

function load(text: string, options: LoadOptions = {}) {
  const { workflow, problems } = loadWorkflow(text, options);
  const lines = problems.map(({ code, message, fix }) => `${code}: ${message} (${fix})`);
  return { step: workflow?.chain.steps[0], action: workflow?.chain.steps[0]?.action, lines };
}

const steps = (text: string): string => head + text.replaceAll(/^/gm, "  ");

describe("mcp", () => {
  it("names a tool of a server, in one text or in two", () => {
    const wanted = { kind: "mcp", server: "files", tool: "read_file", mcpServers: { files } };
    for (const mcp of ["files.read_file", "files/read_file", "{server: files, tool: read_file}"]) {
      const { action, lines } = load(steps(`- mcp: ${mcp}\n  with: {path: "\${ inputs.dir }/a"}`));
      expect(lines).toEqual([]);
      expect(action).toEqual({ ...wanted, args: { path: "${ inputs.dir }/a" } });
    }
    expect(load(steps("- mcp: files.a.b\n  args: {x: 1}")).action).toMatchObject({
      tool: "a.b",
      args: { x: 1 },
    });
    expect(load(steps("- mcp: web.search")).action).toMatchObject({ args: {}, mcpServers: { web } });
  });

  it("takes a text that gives the arguments", () => {
    const text = "- {name: a, run: echo, output: {type: object}}\n- mcp: files.read\n  with: ${ a.output }";
    expect(load(steps(text)).lines).toEqual([]);
  });

  it("gives the step its name, and can be an undo", () => {
    expect(load(steps("- mcp: files.read_file")).step?.name).toBe("read_file");
    const { step } = load(steps("- run: a\n  undo: {mcp: files.remove, with: {path: a}}"));
    expect((step as Step).undo?.action).toMatchObject({ kind: "mcp", tool: "remove" });
  });

  it.each([
    ["mcp: fles.read", /^UNKNOWN_SERVER: Cannot find the MCP server "fles".*\(write "files"\)$/],
    ["mcp: nothing-like-it.read", /^UNKNOWN_SERVER: .*\(declare it: "mcp_servers: \{nothing-like-it:/],
    ["mcp: files", /^WRONG_TYPE: Cannot use "files" as "mcp": .*server\.tool/],
    ["mcp: {server: files}", /^MISSING_KEY: .*"tool"/],
    ["mcp: {tool: read}", /^MISSING_KEY: .*"server"/],
    ["mcp: {server: files, tool: read, args: 1}", /^UNKNOWN_KEY: .*"args"/],
    ["mcp: [files, read]", /^WRONG_TYPE: /],
    ["mcp: 'files.${ inputs.dir }'", /^BAD_VALUE: .*its name is fixed when the file is loaded/],
    ["mcp: {server: '${ inputs.dir }', tool: read}", /^BAD_VALUE: .*its name is fixed/],
    [
      "{mcp: files.read, with: {a: 1}, args: {b: 1}}",
      /^BAD_VALUE: Cannot use "args" here: the step already has "with"/,
    ],
    ["{mcp: files.read, with: [1]}", /^WRONG_TYPE: .*the arguments of a tool/],
    ["{mcp: files.read, with: {key: '${ secrets.KEY }'}}", /^BAD_VALUE: Cannot use "secrets.KEY" here/],
    ["{mcp: files.read, run: echo}", /^BAD_VALUE: .*a step does one thing/],
    ["{mcp: files.read, model: x}", /^UNKNOWN_KEY: .*"model"/],
    ["{mcp: files.read, limits: {cost: 1}}", /^BAD_VALUE|^UNKNOWN_KEY|^NOT_SUPPORTED/],
  ])("refuses %s", (step, problem) => {
    const { lines } = load(steps(`- ${step}`));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(problem);
  });
});

describe("mcp_servers of a step", () => {
  it("gives an agent and a command the servers that it names", () => {
    const one = load(steps("- prompt: x\n  mcp_servers: files")).action;
    expect(one).toMatchObject({ kind: "agent", mcpServers: { files } });
    const both = load(steps("- command: /x\n  mcp_servers: [files, web]")).action;
    expect(both).toMatchObject({ kind: "command", mcpServers: { files, web } });
  });

  it("may name servers of the project, over which the workflow's own go", () => {
    const servers = { tickets: web, files: web };
    const { action } = load(steps("- prompt: x\n  mcp_servers: [files, tickets]"), { servers });
    expect(action).toMatchObject({ mcpServers: { files, tickets: web } });
  });

  it("are those whose tools it may use", () => {
    const { lines } = load(
      steps(
        "- prompt: x\n  tools: [Read, mcp__files__read]\n" +
          "- {prompt: x, mcp_servers: files, tools: [mcp__files, mcp__web__get, mcp__file__read]}\n" +
          "- {prompt: x, mcp_servers: [files, web], tools: [mcp__files__read, mcp__web__*]}\n" +
          "- {prompt: x, tools: [mcp__of_the_agent__get]}",
      ),
    );
    expect(lines).toEqual([
      expect.stringMatching(
        /^UNKNOWN_SERVER: .*"mcp__files__read".*no MCP server "files".*mcp_servers: \[files\]/,
      ),
      expect.stringMatching(/^UNKNOWN_SERVER: .*"mcp__web__get".*mcp_servers: \[files, web\]/),
      expect.stringMatching(/^UNKNOWN_SERVER: .*"mcp__file__read".*write "mcp__files"/),
    ]);
  });

  it("tells every name that there is none of, at its place", () => {
    const { lines } = load(
      steps("- prompt: x\n  mcp_servers: [file, webb]\n- {run: echo, mcp_servers: web}"),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^UNKNOWN_SERVER: .*"file".*write "files"/),
      expect.stringMatching(/^UNKNOWN_SERVER: .*"webb".*write "web"/),
      expect.stringMatching(/^UNKNOWN_KEY: Cannot use "mcp_servers" here/),
    ]);
  });
});

describe("mcp_servers of a workflow", () => {
  const one = (server: string): readonly string[] =>
    load(`inputs: {dir: string}\nmcp_servers: {a: ${server}}\nchain:\n  - run: echo\n`).lines;

  it.each([
    ["{}", /^MISSING_KEY: .*no "command"/],
    ["npx", /^WRONG_TYPE: /],
    ["{command: x, url: 'https://x'}", /^BAD_VALUE: Cannot use "url" here: the MCP server has "command"/],
    ["{url: 'https://x', env: {A: b}}", /^BAD_VALUE: Cannot use "env" here: the MCP server has "url"/],
    ["{command: x, type: http}", /^BAD_VALUE: Cannot use "http" as "type".*write "stdio"/],
    ["{url: 'https://x', type: sse}", /^BAD_VALUE: .*stdio or http/],
    ["{command: npx -y server}", /^BAD_VALUE: .*write "command: npx" and "args: \[-y, server\]"/],
    ["{command: x, args: ['--key=${ secrets.K }']}", /^BAD_VALUE: Cannot use a secret in "args"/],
    ["{command: x, env: {'A B': c}}", /^BAD_VALUE: /],
    ["{url: not a url}", /^BAD_VALUE: /],
    ["{command: x, comand: y}", /^UNKNOWN_KEY: .*"comand"/],
    ["{command: '${ inputs.dri }'}", /^UNKNOWN_NAME: .*inputs\.dri/],
    [
      "{command: x, env: {A: '${ b.output }'}}",
      /^UNKNOWN_NAME: .*the workflow's `mcp_servers:` is filled in before/,
    ],
  ])("refuses %s", (server, problem) => {
    const lines = one(server);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(problem);
  });

  it("refuses what is no object, and a name that no text can hold", () => {
    expect(load("mcp_servers: [a]\nchain:\n  - run: echo\n").lines).toEqual([
      expect.stringMatching(/^WRONG_TYPE/),
    ]);
    const { lines } = load("mcp_servers: {a.b: {command: x}}\nchain:\n  - run: echo\n");
    expect(lines).toEqual([expect.stringMatching(/^BAD_VALUE: .*"a\.b" as the name of an MCP server/)]);
  });

  it("does not take a variable of a server for one of the steps", () => {
    const text = `
env: {KEY: plain}
mcp_servers: {a: {command: x, env: {KEY: "\${ secrets.KEY }"}}}
chain:
  - {prompt: "\${ env.KEY }", mcp_servers: a}
`;
    expect(load(text).lines).toEqual([]);
  });
});
