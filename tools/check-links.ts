// Fails when a Markdown file links to a file or a heading that is not there. Links to other sites are not followed.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const skipped = /(^|\/)(node_modules|dist|\.nx|\.taskflow)(\/|$)/;
const documents = globSync('**/*.md', { cwd: root, exclude: (path) => skipped.test(path) });
const broken = documents.flatMap((document) => brokenLinks(document));
for (const line of broken) console.error(line);
if (broken.length > 0) process.exitCode = 1;

function brokenLinks(document: string): string[] {
  const lines = withoutBlocks(readFileSync(join(root, document), 'utf8'))
    .replace(/`[^`\n]*`/g, '')
    .split('\n');
  return lines.flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target) && !isThere(document, target))
      .map((target) => `${document}:${index + 1}: nothing is at ${target}`),
  );
}

function isThere(document: string, target: string): boolean {
  const [path = '', heading] = decodeURI(target).split('#');
  const file =
    path === '' ? join(root, document) : path.startsWith('/') ? join(root, path) : join(root, dirname(document), path);
  if (relative(root, file).startsWith('..') || !existsSync(file)) return false;
  if (!heading || statSync(file).isDirectory() || !file.endsWith('.md')) return true;
  return headings(readFileSync(file, 'utf8')).includes(heading);
}

/** Anchors as the forges make them of headings. */
function headings(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => {
    const text = (match[1] ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Fenced code blanked, its lines kept, so that the line numbers hold. */
function withoutBlocks(markdown: string): string {
  return markdown.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''));
}
