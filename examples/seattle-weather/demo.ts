// npm run demo: everything that Taskflow is, for half a minute. Starts it on a Postgres of its own (free ports, temporary data),
// loads real weather data into a table, runs the pipeline of pipeline.ts, shows its tasks as they go, prints the report, and
// leaves nothing behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadData } from './load-data.ts';
import { startReceiver } from './receiver.ts';

const TASKFLOW = fileURLToPath(new URL('../../apps/cli/bin/taskflow.mjs', import.meta.url));
const PIPELINE = fileURLToPath(new URL('./pipeline.ts', import.meta.url));

const SQL = 'select id, task_name, status, attempt, finished_at - started_at as took from v_task_instances order by id';

/** What `taskflow up -o json` prints when everything runs. */
interface Up {
  readonly grpc: string;
  readonly http: string;
  readonly databaseUrl: string;
}

const began = performance.now();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const receiver = await startReceiver();
const taskflow = startTaskflow();
try {
  const up = await readUp(taskflow);
  say(`Taskflow is up after ${seconds()}: Postgres, api, scheduler, pusher and worker.`);
  say(`${await loadData(up.databaseUrl)} days of weather in Seattle are in the table example.seattle_weather.\n`);
  const params = JSON.stringify({ reportUrl: receiver.url });
  const watched = ['workflow', 'run', 'seattle-weather', '--watch', '--timeout', '60s', '--params', params];
  const exitCode = await runTaskflow([...watched, '--api', up.grpc, '-o', 'name']);
  if (exitCode === 0) await tell(up);
  else process.exitCode = exitCode;
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
} finally {
  await stop(taskflow);
  await receiver.close();
}
if (process.exitCode === undefined) say(`\nDone in ${seconds()}; nothing is left running.`);

/** In a group of its own, so that a Ctrl-C ends it through this process and in order. */
function startTaskflow(): ChildProcess {
  const args = [TASKFLOW, 'up', '--ephemeral', '--no-sample', '--load', PIPELINE, '-o', 'json'];
  const { TASKFLOW_DATABASE_URL: _own, DATABASE_URL: _other, ...environment } = process.env;
  return spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, TASKFLOW_GRPC_PORT: '0', TASKFLOW_HTTP_PORT: '0' },
  });
}

async function readUp(child: ChildProcess): Promise<Up> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  interrupted.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  if (child.stdout === null) throw new Error('taskflow up has no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Up;
  throw new Error(`taskflow up did not start.\n${errors}`);
}

async function runTaskflow(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [TASKFLOW, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const onAbort = (): boolean => child.kill('SIGTERM');
  interrupted.signal.addEventListener('abort', onAbort);
  const [code] = (await once(child, 'exit')) as [number | null];
  interrupted.signal.removeEventListener('abort', onAbort);
  return code ?? 130;
}

async function tell({ grpc, http, databaseUrl }: Up): Promise<void> {
  const [report] = receiver.reports.values();
  if (report === undefined) throw new Error('no report has come to the receiver');
  const { title, days, rain, wettestMonth, wettestDays } = report as Record<string, string>;
  const [wettest] = wettestDays as unknown as { day: string; rain: number }[];
  const answer = await fetch(`${http}/v1/task-instances?pageSize=1`);
  say(`\nThe report has come to ${receiver.url}, after ${receiver.refused()} refused attempt (503) that was retried:`);
  say(`  ${title}: ${rain} mm of rain in ${days} days, most of it in month ${wettestMonth};`);
  say(`  the wettest day was ${wettest?.day}, with ${wettest?.rain} mm.\n`);
  say('While `npx taskflow up` runs, you look at such runs like this:');
  say(`  REST   curl ${http}/v1/task-instances   (answered ${answer.status} just now)`);
  say(`  gRPC   ${grpc}, for example: npx taskflow run list --api ${grpc}`);
  say(`  SQL    psql '${databaseUrl}' -c '${SQL}'\n`);
  await printInstances(databaseUrl);
}

async function printInstances(databaseUrl: string): Promise<void> {
  const { default: pg } = await import('pg');
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ id: string; task_name: string; status: string; attempt: number }>(SQL);
  await database.end();
  const width = Math.max(...rows.map(({ task_name }) => task_name.length));
  say(`  id  ${'task_name'.padEnd(width)}  status   attempt`);
  for (const { id, task_name, status, attempt } of rows) {
    say(`  ${id.padStart(2)}  ${task_name.padEnd(width)}  ${status}  ${attempt}`);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function say(line: string): void {
  console.log(line);
}

function seconds(): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
