// Fails when the contract in proto/ breaks its clients, compared with the main branch. Without a base there is nothing to break.
import { spawnSync } from 'node:child_process';

const base = ['origin/main', 'main'].find((ref) => git('cat-file', '-e', `${ref}:proto/taskflow`));
if (base) {
  const against = `.git#ref=${base},subdir=proto`;
  const { status } = spawnSync('node_modules/.bin/buf', ['breaking', 'proto', '--against', against], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  console.log('No main branch with a contract to compare with.');
}

function git(...args: string[]): boolean {
  return spawnSync('git', args, { stdio: 'ignore' }).status === 0;
}
