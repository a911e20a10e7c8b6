/** Where a node stands in the workflow, whichever round or item it is: `review[a/b]/look` is `review[]/look`. */
export function placeOf(address: string): string {
  // most addresses have neither
  if (!/[[#]/.test(address)) return address;
  // first the items: a key may look like a round
  return address.replaceAll(/\[[^\]]*\]/g, "[]").replaceAll(/#\d+/g, "#");
}

/** The address, and those of all nodes around it. */
export function around(address: string): readonly string[] {
  const ends = [...address.matchAll(/[/#[]/g)].map(({ index }) => index);
  return [address, ...ends.map((end) => address.slice(0, end))];
}
