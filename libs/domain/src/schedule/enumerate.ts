/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly (string | number)[], last = 'and'): string {
  const end = items.at(-1);
  if (end === undefined) return '';
  return items.length === 1 ? String(end) : `${items.slice(0, -1).join(', ')} ${last} ${end}`;
}
