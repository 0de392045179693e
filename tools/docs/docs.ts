// npm run docs: writes what the documentation takes from the code. With --check it writes nothing and fails where a file is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roleTable } from './access.ts';
import { conformanceTable } from './conformance.ts';
import { commandLine } from './command-line.ts';
import { configTables, environmentExample } from './config.ts';
import { definitionTables } from './definition.ts';
import { destinationTable } from './destination.ts';
import { stateDiagrams } from './state.ts';

const root = join(import.meta.dirname, '../..');
const check = process.argv.includes('--check');

/** Whole files, and the named sections of files that are otherwise written by hand. */
const files: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  'docs/access.md': roleTable(),
  '.env.example': environmentExample(),
  'docs/cli.md': { commands: await commandLine(root) },
  'docs/config.md': { ...configTables(), destination: await destinationTable(root) },
  'docs/definitions.md': definitionTables(),
  'docs/push.md': { conformance: conformanceTable() },
  'docs/architecture.md': stateDiagrams(),
};

for (const [path, content] of Object.entries(files)) {
  const file = join(root, path);
  const before = read(file);
  const after = typeof content === 'string' ? content : withSections(path, before, content);
  if (after === before) continue;
  if (check) {
    console.error(`${path} is not what the code says now; run: npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`wrote ${path}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->`. */
function withSections(path: string, text: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((result, [name, content]) => {
    const opening = `<!-- generated: ${name} -->`;
    const start = result.indexOf(opening);
    const end = result.indexOf('<!-- end -->', start);
    if (start === -1 || end === -1) throw new Error(`${path} has no section ${opening} … <!-- end -->`);
    return `${result.slice(0, start + opening.length)}\n\n${content.trim()}\n\n${result.slice(end)}`;
  }, text);
}
