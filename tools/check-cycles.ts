// Fails when files import each other in a circle. Imports of types alone do not count: they are gone at run time.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

process.chdir(join(import.meta.dirname, '..'));
const { metafile } = await build({
  entryPoints: globSync('{apps,libs}/*/src/**/*.ts', { exclude: (path) => path.includes('/gen/') }),
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node22',
  write: false,
  metafile: true,
  logLevel: 'error',
}).catch(() => process.exit(1));
const imports = new Map(
  Object.entries(metafile.inputs).map(([file, input]) => [
    file,
    input.imports.filter((found) => !found.external && found.kind === 'import-statement').map((found) => found.path),
  ]),
);

const finished = new Set<string>();
for (const file of imports.keys()) visit(file, []);

function visit(file: string, path: string[]): void {
  const start = path.indexOf(file);
  if (start >= 0) {
    console.error(`files import each other in a circle: ${[...path.slice(start), file].join(' → ')}`);
    process.exitCode = 1;
    return;
  }
  if (finished.has(file)) return;
  for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
  finished.add(file);
}
