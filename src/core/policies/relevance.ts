/** How far repetitions of a word count, and how far a text that is longer than the others counts less. */
const saturation = 1.2;
const lengthWeight = 0.75;
/** So much of a text is read. */
const mostCharacters = 200_000;

/**
 * How much each text tells about what is asked: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", 2009) over words, with the texts as the collection. 0: no word in common. The same for the same texts, whatever their
 * order.
 */
export function relevanceTo(asked: string, texts: readonly string[]): readonly number[] {
  const wanted = new Set(wordsOf(asked));
  const counted = texts.map((text) => countsOf(text, wanted));
  const mean = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length);
  const rarity = new Map([...wanted].map((word) => [word, rarityOf(word, counted)]));
  return counted.map((one) => scoreOf(one, { mean, rarity }));
}

interface Counted {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

function countsOf(text: string, wanted: ReadonlySet<string>): Counted {
  const counts = new Map<string, number>();
  const words = wordsOf(text);
  for (const word of words) if (wanted.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, length: words.length };
}

function wordsOf(text: string): readonly string[] {
  return (
    text
      .slice(0, mostCharacters)
      .toLowerCase()
      .match(/[\p{L}\p{N}]{2,}/gu) ?? []
  );
}

function rarityOf(word: string, all: readonly Counted[]): number {
  const having = all.filter(({ counts }) => counts.has(word)).length;
  return Math.log(1 + (all.length - having + 0.5) / (having + 0.5));
}

function scoreOf(
  { counts, length }: Counted,
  { mean, rarity }: { readonly mean: number; readonly rarity: ReadonlyMap<string, number> },
): number {
  let score = 0;
  // in the order of the question, so that sums are the same to the last bit
  for (const [word, rare] of rarity) {
    const count = counts.get(word) ?? 0;
    const norm = saturation * (1 - lengthWeight + lengthWeight * (length / Math.max(1, mean)));
    score += (rare * count * (saturation + 1)) / (count + norm);
  }
  return Math.round(score * 1000) / 1000;
}
