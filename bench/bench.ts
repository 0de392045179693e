// Measures Taskflow and its peers in one run on one Postgres: `npm run bench -- --help`, docs/performance.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from './machine/describe.ts';
import { startPostgres } from './machine/postgres.ts';
import { startRabbitMq } from './machine/rabbitmq.ts';
import { startRedis } from './machine/redis.ts';
import { readOptions, type ScenarioName } from './options.ts';
import { installPeers } from './peer/install.ts';
import { openSystem } from './peer/open.ts';
import type { System } from './peer/system.ts';
import { render } from './report/print.ts';
import type { Result, Sample } from './report/result.ts';
import { backlog } from './scenario/backlog.ts';
import { chain, fanout } from './scenario/chain.ts';
import { cost } from './scenario/cost.ts';
import { drain } from './scenario/drain.ts';
import { graph } from './scenario/graph.ts';
import { idle } from './scenario/idle.ts';
import { pickup } from './scenario/pickup.ts';
import { replicas, workers } from './scenario/workers.ts';
import { FULL, QUICK, type Scenario } from './scenario/scenario.ts';
import { schedules } from './scenario/schedules.ts';
import { start } from './scenario/start.ts';
import { submit } from './scenario/submit.ts';
import { sustain } from './scenario/sustain.ts';

const SCENARIOS: Record<ScenarioName, Scenario> = {
  drain,
  submit,
  pickup,
  chain,
  fanout,
  backlog,
  sustain,
  idle,
  cost,
  schedules,
  graph,
  workers,
  replicas,
  start,
};

const options = readOptions(process.argv.slice(2));
const given = options.quick ? QUICK : FULL;
const sizes = { ...given, sustainSeconds: options.seconds ?? given.sustainSeconds };
// Some peers warn about how they use pg.
process.noDeprecation = true;
if (options.peers.length > 0) installPeers();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const folder = mkdtempSync(join(tmpdir(), 'taskflow-bench-'));
const postgres = await startPostgres(folder);
const redis = await startRedis(folder);
const rabbitMq = options.peers.includes('celery-rabbitmq') ? await startRabbitMq(folder) : undefined;
const systems: System[] = [];
const absent: Record<string, string> = {};
const samples: Sample[] = [];
const violations: string[] = [];

try {
  for (const name of ['taskflow', ...options.peers] as const) {
    const opened = await openSystem(name, { folder, postgres, redis, rabbitMq });
    if (typeof opened === 'string') absent[name] = opened;
    else systems.push(opened);
  }
  await register(systems);
  for (let repetition = 0; repetition < options.repeat; repetition += 1) {
    // Nobody is always the first one after the others.
    const order = systems
      .map((_, index) => systems[(index + repetition) % systems.length])
      .filter((one) => one !== undefined);
    for (const name of options.only) for (const system of order) await measure(SCENARIOS[name], system, repetition);
  }
  const result: Result = { machine: describeMachine(postgres, redis), systems, absent, samples, violations };
  console.log(options.json ? JSON.stringify(result, null, 2) : `\n${render(result)}`);
  if (violations.length > 0) process.exitCode = 1;
} finally {
  for (const system of systems) await system.close();
  await rabbitMq?.stop();
  await redis?.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

async function measure(scenario: Scenario, system: System, repetition: number): Promise<void> {
  if (!scenario.appliesTo(system)) return;
  await settle(system.database);
  const figures = await scenario.measure(system, {
    sizes,
    postgres,
    settle,
    found: (more) => violations.push(...more),
  });
  for (const [figure, value] of Object.entries(figures)) {
    samples.push({ scenario: scenario.name, system: system.name, figure, repetition, value });
  }
  violations.push(...((await system.audit?.()) ?? []));
  const text = Object.entries(figures).map(([figure, value]) => `${figure} ${value.toFixed(1)}`);
  console.error(`${repetition + 1}/${options.repeat} ${scenario.name} ${system.name}: ${text.join(', ')}`);
}

async function settle(database: string | undefined): Promise<void> {
  if (database) await postgres.query('vacuum analyze', database);
  await postgres.query('checkpoint');
}

/** A first worker of each system makes what the systems keep about their workers, and registers what Taskflow runs. */
async function register(all: readonly System[]): Promise<void> {
  for (const system of all) await (await system.startWorker?.('latency'))?.stop();
}
