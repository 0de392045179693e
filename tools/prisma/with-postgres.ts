// Runs a command with TASKFLOW_DATABASE_URL set to an empty database of a throw-away Postgres:
//   node tools/prisma/with-postgres.ts prisma migrate deploy
import { spawn } from 'node:child_process';
import { runPostgres } from '@taskflow/testing/run-postgres';

const [command, ...args] = process.argv.slice(2);
if (!command) throw new Error('usage: node tools/prisma/with-postgres.ts COMMAND [ARGUMENT…]');

const postgres = await runPostgres();
process.once('exit', () => postgres.kill());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, TASKFLOW_DATABASE_URL: postgres.url } });
child.once('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));
