const reading: ReadonlySet<string> = new Set(["*", "all", "read", "grep"]);
/** Commands that show what is in a file, whichever it is. */
const showing = /^(?:cat|head|tail|sed|less|more|grep|rg|jq|nl)(?:\s+(?:-\S+|\d+))*(?::\*|\s*\*)?$/;
/** Patterns that the files fit which an agent is told of: `.tutti/context/….txt`. */
const anywhere = /^(?:\.?\/)?(?:\*{1,2}(?:\/\*)*|(?:\*\*\/)?\.tutti\/(?:context\/)?\*.*)$/;

/** Whether whoever has these tools can read the file of a value that it is told of. Absent: all tools. */
export function toolsMayRead(tools: readonly string[] | undefined): boolean {
  return tools === undefined || tools.some(mayReadWith);
}

function mayReadWith(tool: string): boolean {
  const [, name = "", pattern] = /^\s*([^\s(]*)(?:\((.*)\))?\s*$/s.exec(tool) ?? [];
  const known = name.toLowerCase();
  if (known === "bash")
    return pattern === undefined || pattern.startsWith("*") || showing.test(pattern.trim());
  return reading.has(known) && (pattern === undefined || anywhere.test(pattern.trim()));
}
