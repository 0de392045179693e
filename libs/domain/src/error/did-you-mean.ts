const LONGEST_WORD = 200;

/** The known word that `word` is most likely a slip of, or undefined when none is near. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(normalised(word), normalised(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

const LISTED_BESIDE_NEAREST = 12;
const LISTED = 30;

/** A hint for an unknown word: `did you mean "b"? known: a, b, c`. A long list is left out where a near one is found, else cut. */
export function knownWords(word: string, known: readonly string[]): string {
  const near = didYouMean(word, known);
  if (near !== undefined && known.length > LISTED_BESIDE_NEAREST) return `did you mean "${near}"?`;
  const shown = known.length > LISTED ? [...known.slice(0, LISTED), `and ${known.length - LISTED} more`] : known;
  const all = known.length === 0 ? 'there is none' : `known: ${shown.join(', ')}`;
  return near === undefined ? all : `did you mean "${near}"? ${all}`;
}

function normalised(word: string): string {
  return word
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/(?<=[a-z])_/g, '');
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
