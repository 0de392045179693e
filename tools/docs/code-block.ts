import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CodeBlock {
  /** `docs/sql.md:12` */
  readonly place: string;
  /** What stands behind the fence, in words: `ts`, `yaml definitions`. */
  readonly info: string;
  readonly code: string;
}

/** Every fenced block of the project's own documents. */
export function codeBlocks(root: string): CodeBlock[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: root })
    .sort()
    .flatMap((path) => blocksOf(root, path));
}

function blocksOf(root: string, path: string): CodeBlock[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    info: match[1]?.trim() ?? '',
    code: match[2] ?? '',
  }));
}
