import { isObject, type Json } from "../expression/json.ts";

/**
 * What the batches of a stage have cost. What a run of its own has used is told as a sum, again with each try and after each
 * crash: of a batch that is not settled yet it is known how much of that was counted.
 */
export class Price {
  #usd: number;
  readonly #open: Map<string, number>;

  constructor(kept: Json) {
    const { usd = 0, open = {} } = isObject(kept) ? kept : {};
    this.#usd = typeof usd === "number" ? usd : 0;
    this.#open = new Map(
      Object.entries(isObject(open) ? open : {}).map(([id, value]) => [
        id,
        typeof value === "number" ? value : 0,
      ]),
    );
  }

  get usd(): number {
    return this.#usd;
  }

  /** What one try has cost. */
  add(usd: number): void {
    this.#usd += usd;
  }

  /** What the work with this id has cost by now, all its tries together. */
  tell(id: string, usd: number): void {
    this.#usd += usd - (this.#open.get(id) ?? 0);
    this.#open.set(id, usd);
  }

  /** The batch, and all parts of it, are not asked for again. */
  settle(batch: string): void {
    for (const id of this.#open.keys()) if (id === batch || id.startsWith(`${batch}.`)) this.#open.delete(id);
  }

  toJson(): Json {
    return { usd: this.#usd, open: Object.fromEntries(this.#open) };
  }
}
