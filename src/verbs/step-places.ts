import type { SourcePlace } from "../errors.ts";
import type { Loaded } from "../language/load.ts";
import type { Chain } from "../language/workflow.ts";

const places = new WeakMap<Chain, Loaded["placeOf"]>();

/** Keeps, for as long as the block, where its steps stand in their file. */
export function rememberPlaces(chain: Chain, placeOf: Loaded["placeOf"]): void {
  places.set(chain, placeOf);
}

/** Where the step at an address of a block that was read from a file stands in it, as far as its name tells that for certain. */
export function placeInFile(chain: Chain, address: string): SourcePlace | undefined {
  const name =
    address
      .replace(/ \(undo\)$/, "")
      .split("/")
      .at(-1) ?? "";
  return places.get(chain)?.(name);
}
