/** What `tutti init` writes. The workflow uses one shell step, one command and one gate, so that each is seen once. */
export const exampleWorkflow = `# A first workflow. Check it: tutti validate workflows/first.yaml
# Run it without spending anything: tutti run workflows/first.yaml --agent mock
name: first
description: Look around, greet somebody, and prove it.
inputs:
  name: { type: string, default: world }
limits: { cost: 1 USD, time: 10m }
chain:
  steps:
    - name: look
      run: ls | head -n 5                        # a shell line; its output is look.stdout
    - name: greet
      command: /greet                            # a slash command: .claude/commands/greet.md
      params: "\${ inputs.name }, who has these files: \${ look.stdout }"
      output: { type: object, properties: { greeting: { type: string } }, required: [greeting] }
    - name: keep
      run: printf '%s\\n' "\${{ greet.output.greeting }}" > greeting.txt
      gates:
        - run: test -s greeting.txt              # only a step whose gates hold is verified
`;

export const exampleSettings = `# Settings of tutti for this project. Every key may be left out; \`tutti schema --settings\` lists them all.

# agent: claude-code          # agent of workflows that name none
# model: sonnet
# limits: { cost: 5 USD }     # no run here may go above it
# env: [CI, NODE_ENV]         # variables that steps may see besides PATH, HOME and the like
# secrets: { HOOK: MY_WEBHOOK_URL }   # name in \${ secrets.HOOK }: variable that holds it
# plugins: [../our-commands]  # folders of further commands
`;

export const exampleCommand = `---
description: Greets somebody in one line.
argument-hint: "[who]"
allowed-tools: Read
---

Greet $ARGUMENTS in one friendly line. Give the line as \`greeting\`.
`;
