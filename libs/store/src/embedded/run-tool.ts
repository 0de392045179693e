import { Unavailable } from '@taskflow/domain';
import { spawn } from 'node:child_process';
import type { OsUser } from './postgres-binaries.js';

const OUTPUT_SHOWN = 4000;

/** Runs one of Postgres's own programs as `user`. @throws Unavailable (EMBEDDED_FAILED) with what it wrote when it fails */
export async function runTool(program: string, args: readonly string[], user: OsUser | undefined): Promise<void> {
  const child = spawn(program, args, {
    ...user,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_SHOWN);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // `exit` and not `close`: a server that was started keeps the pipes of the program that started it.
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  child.stdout.destroy();
  child.stderr.destroy();
  if (code === 0) return;
  const name = program.split('/').at(-1) ?? program;
  throw new Unavailable(
    `The embedded Postgres failed: ${name} ${args[0] ?? ''} ended with ${String(code)}.\n${output}`,
    {
      reason: 'EMBEDDED_FAILED',
    },
  );
}
