const reading: ReadonlySet<string> = new Set(["*", "all", "read", "grep"]);
/** Commands that show what is in a file. */
const showing = /^(?:cat|head|tail|sed|less|more|grep|rg|jq|nl)\b/;

/** Whether whoever has these tools can read a file that it is told of. Absent: all tools. */
export function toolsMayRead(tools: readonly string[] | undefined): boolean {
  return tools === undefined || tools.some(mayReadWith);
}

function mayReadWith(tool: string): boolean {
  const [, name = "", pattern] = /^\s*([^\s(]*)(?:\((.*)\))?\s*$/s.exec(tool) ?? [];
  const known = name.toLowerCase();
  if (known === "bash")
    return pattern === undefined || pattern.startsWith("*") || showing.test(pattern.trim());
  return reading.has(known);
}
