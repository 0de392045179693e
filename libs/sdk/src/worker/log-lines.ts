/** Longest line that the service stores, in bytes of UTF-8. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Splits text into lines that can be stored: without NUL and lone surrogates, each at most {@link MAX_LINE_BYTES}. */
export function logLines(text: string): string[] {
  const lines: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const storable = line.toWellFormed().replaceAll('\0', '\uFFFD');
    if (storable.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(storable) <= MAX_LINE_BYTES) lines.push(storable);
    else lines.push(...pieces(storable));
  }
  return lines;
}

function pieces(line: string): string[] {
  const bytes = Buffer.from(line);
  const parts: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = characterBoundary(bytes, Math.min(start + MAX_LINE_BYTES, bytes.length));
    parts.push(bytes.toString('utf8', start, end));
    start = end;
  }
  return parts;
}

/** The last position up to `end` at which no character is cut. */
export function characterBoundary(bytes: Buffer, end: number): number {
  let at = end;
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

/** At most `maxBytes` of UTF-8, whole characters; what is cut off is marked by `…`. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.toWellFormed().replaceAll('\0', '\uFFFD'));
  if (bytes.length <= maxBytes) return bytes.toString();
  return `${bytes.toString('utf8', 0, characterBoundary(bytes, maxBytes - 3))}…`;
}
