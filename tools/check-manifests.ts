// Fails when two package.json files of the repository ask for different versions of one package: npm would install both.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };

const root = join(import.meta.dirname, '..');
const asked = new Map<string, Map<string, string>>();
for (const file of ['package.json', ...globSync('{apps,libs}/*/package.json', { cwd: root })]) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    const versions = asked.get(name) ?? new Map<string, string>();
    asked.set(name, versions.set(version, file));
  }
}
for (const [name, versions] of asked) {
  if (versions.size === 1) continue;
  const list = [...versions].map(([version, file]) => `${version} (${file})`).join(', ');
  console.error(`${name} is asked for in several versions: ${list}; keep one.`);
  process.exitCode = 1;
}
