/** Address of the node that holds the one at this address; empty for the outermost block. */
export function holderOf(address: string): string {
  if (address.endsWith("]")) return address.slice(0, address.lastIndexOf("["));
  const slash = address.lastIndexOf("/");
  const round = address.lastIndexOf("#");
  return address.slice(0, Math.max(0, slash, round));
}
