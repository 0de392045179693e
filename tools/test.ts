// Everything that `npm test` runs: builds what is out of date, then jest over the whole repository (arguments go to jest).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));
const steps = [
  ['tools/codegen/codegen.ts', '--if-stale'],
  ['tools/build.ts'],
  ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)],
];
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
