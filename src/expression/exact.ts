declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** A number of JSON as it was written, as a double would not hold it. JSON.stringify writes it back unchanged. */
export type RawNumber = { readonly rawJSON: string };

/** Throws for a text that is no number of JSON. */
export function rawNumber(text: string): RawNumber {
  return JSON.rawJSON(text);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

const whole = /^-?\d+$/;

/** Whole numbers exactly; others as near as a double can be. */
export function valueOfRaw({ rawJSON }: RawNumber): bigint | number {
  return whole.test(rawJSON) ? BigInt(rawJSON) : Number(rawJSON);
}

/** A whole number for JSON: a plain number where that holds it exactly. */
export function wholeNumber(value: bigint): number | RawNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : rawNumber(String(value));
}
