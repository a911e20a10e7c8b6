/** Where the items of a list come from; a list that is written in the file as it is there. */
export function listText(items: string): string {
  return /^\$\{ (\[.*\]) \}$/s.exec(items)?.[1] ?? items;
}
