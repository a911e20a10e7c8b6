/** Most characters of one value that is filled in. */
const mostOfValue = 800;

/** The forms in which a value stands in a shell line: in single quotes, bare, in double quotes. */
const reference = /'"\$\{(TUTTI_V\d+)\}"'|"\$\{(TUTTI_V\d+)\}"|\$\{(TUTTI_V\d+)\}/g;

/** A shell line with its values filled in: for reading, not for a shell. */
export function filledLine({
  line,
  values,
}: {
  readonly line: string;
  readonly values: Readonly<Record<string, string>>;
}): string {
  return line.replaceAll(reference, (whole, inSingle?: string, bare?: string, inDouble?: string): string => {
    const value = values[inSingle ?? bare ?? inDouble ?? ""];
    if (value === undefined) return whole;
    const text = value.slice(0, mostOfValue);
    return bare !== undefined && !/^[\w./:@%+=,-]+$/.test(text) ? `"${text}"` : text;
  });
}
