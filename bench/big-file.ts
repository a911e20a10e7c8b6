const kinds = 5;

/**
 * A workflow of so many steps as people write them, in YAML: shell steps with values, commands with references, waits
 * for others, conditions, gates and outputs with a shape.
 */
export function bigWorkflowText(steps: number): string {
  const lines = [
    "name: big",
    "description: Ten thousand steps, for measuring.",
    "inputs:",
    "  target: {type: string, default: src}",
    "limits: {cost: 10 USD, agents: 50, parallel: 16}",
    "chain:",
    "  parallel_where_possible: true",
    "  steps:",
  ];
  for (let index = 0; index < steps; index += 1) lines.push(...stepLines(index));
  return `${lines.join("\n")}\n`;
}

function stepLines(index: number): readonly string[] {
  const head = `    - name: step_${index}`;
  const before = `step_${Math.max(0, index - kinds)}`;
  switch (index < kinds ? 0 : index % kinds) {
    case 0:
      return [head, `      run: npm run job -- \${{ inputs.target }} ${index}`, "      timeout: 5m"];
    case 1:
      return [
        head,
        "      command: /query",
        `      params: "look at \${ ${before}.output } and \${ inputs.target }"`,
        "      output: {type: object, properties: {issues: {type: array}}, required: [issues]}",
      ];
    case 2:
      return [
        head,
        `      run: ./check ${index}`,
        `      depends_on: [step_${index - 1}, step_${index - 2}]`,
      ];
    case 3:
      return [head, `      run: ./mend ${index}`, `      when: "${before}.status == 'verified'"`];
    default:
      return [
        head,
        `      run: ./build ${index}`,
        `      depends_on: [step_${index - kinds}]`,
        "      gates:",
        "        - run: npm test",
        "      retry: {max: 2, on: [transient]}",
      ];
  }
}
