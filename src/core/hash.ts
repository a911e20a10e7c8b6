/**
 * 64 bits as 16 hexadecimal digits, the same for the same text; no defence against whoever wants two texts to have the same.
 * Two lanes of FNV-1a (Fowler, Noll, Vo) over UTF-16 code units, each finished with the mixer of MurmurHash3.
 */
export function hashOf(text: string): string {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995);
  }
  return hex(mix(first)) + hex(mix(second ^ text.length));
}

function mix(lane: number): number {
  let hash = lane;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, "0");
}
