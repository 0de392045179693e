// Builds every lib and app into its dist/. Each holds its own sources alone: other packages, those of this repository too,
// stay imports, so that at run time there is one copy of each class whoever imports it.
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type OutputFile } from 'esbuild';

type Target = string | { development?: string; default?: string };
type Manifest = { exports?: Record<string, Target> };

process.chdir(join(import.meta.dirname, '..'));
const folders = globSync('{apps,libs}/*/package.json').map((file) => file.slice(0, -'/package.json'.length));
const builds = await Promise.allSettled(folders.map(buildPackage));
if (builds.some((result) => result.status === 'rejected')) process.exitCode = 1;

async function buildPackage(folder: string): Promise<void> {
  const entryPoints = entries(folder);
  if (Object.keys(entryPoints).length === 0) return;
  const { outputFiles } = await build({
    absWorkingDir: join(process.cwd(), folder),
    entryPoints,
    outdir: 'dist',
    bundle: true,
    packages: 'external',
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    sourcemap: true,
    logLevel: 'warning',
    write: false,
  });
  replaceOutput(join(folder, 'dist'), outputFiles);
}

/** Writes what has changed, each file in one step, and removes what is no longer made: processes that run now read from there. */
function replaceOutput(dist: string, files: readonly OutputFile[]): void {
  for (const { path, contents } of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}.tmp`, contents);
    renameSync(`${path}.${process.pid}.tmp`, path);
  }
  const made = new Set(files.map(({ path }) => path));
  const isStale = (path: string): boolean => !made.has(path) && /\.(js|map)$/.test(path);
  for (const name of globSync('**/*', { cwd: dist })) {
    const path = join(process.cwd(), dist, name);
    if (isStale(path)) rmSync(path, { force: true });
  }
}

/** By name in dist/: what package.json exports, an app's main.ts, and the files that run in a thread or process of their own. */
function entries(folder: string): Record<string, string> {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const found: Record<string, string> = {};
  for (const target of Object.values(exports)) {
    if (typeof target === 'string' || !target.development || !target.default) continue;
    const [before = '', after = ''] = target.development.split('*');
    for (const source of globSync(target.development, { cwd: folder })) {
      const star = source.slice(before.length - './'.length, source.length - after.length);
      found[target.default.replace('*', star).replace(/^\.\/dist\/|\.js$/g, '')] = source;
    }
  }
  for (const source of globSync('src/**/*-{thread,process}.ts', { cwd: folder }))
    found[basename(source, '.ts')] = source;
  if (existsSync(join(folder, 'src/main.ts'))) found.main = 'src/main.ts';
  return found;
}
