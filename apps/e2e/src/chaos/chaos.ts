// npm run chaos: separate processes under load and under faults that a seed decides; the auditor has the last word.
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExternalJobs } from '@taskflow/audit';
import { client } from '@taskflow/sdk';
import { deploymentId, openDb, type Db } from '@taskflow/store';
import { createCleanUp, type CleanUp } from './clean-up.js';
import { drain } from './drain.js';
import { findFaults, type Finding } from './findings.js';
import { createGauge, type Usage } from './gauge.js';
import { inflict, type Inflicted } from './inflict.js';
import { createLoad, type Load } from './load.js';
import { readOptions, USAGE, type ChaosOptions } from './options.js';
import { openPlace } from './place.js';
import { planFaults, type Fault } from './plan-faults.js';
import { createPopulation, namesOf, type Population } from './population.js';
import { seededRandom } from './random.js';
import { collectReport } from './report.js';
import { startServer, type ChaosServer } from './server.js';
import { createWatch } from './watch.js';
import { writeReport } from './write-report.js';

/** What looks at the database from outside does not need the services' settings. */
const UNTUNED = { namedStatements: false };
/** Beyond what a process takes under this load before the collector gets to work: what takes more leaks. */
const MOST_MB = 400;

const began = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

if (process.argv.includes('--help')) {
  console.log(USAGE);
} else {
  process.exitCode = await run(readOptions(process.argv.slice(2)));
  process.exit();
}

async function run(options: ChaosOptions): Promise<number> {
  const names = namesOf(options);
  const { seed, kinds, leaseTtlMs: leaseMs } = options;
  const timing = { forMs: options.minutes * 60_000, everyMs: options.every * 1000, leaseMs };
  const plan = planFaults({ seed, kinds, ...timing }, names);
  say(`seed ${seed}: ${plan.length} faults in ${options.minutes} min on ${names.processes.join(', ')}`);
  const cleanUp = createCleanUp();
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    process.once(signal, () => {
      say(`${signal}: everything is ended`);
      void cleanUp.run().then(() => process.exit(code));
    });
  }
  try {
    return await runOn(cleanUp, options, plan);
  } finally {
    await cleanUp.run();
  }
}

async function runOn(cleanUp: CleanUp, options: ChaosOptions, plan: readonly Fault[]): Promise<number> {
  const server = await cleanUp.open(startServer(), (opened) => opened.stop());
  say(`Postgres listens on port ${server.port}`);
  const opening = options.outside.map((kind) => cleanUp.open(openPlace(kind), (opened) => opened.close()));
  const places = await Promise.all(opening);
  const watch = createWatch(say);
  const population = await cleanUp.open(createPopulation(options, server, places, watch), (opened) => opened.stop());
  const db = openDb({ url: server.url, applicationName: 'chaos', maxConnections: 1, answerWithinMs: 0, ...UNTUNED });
  try {
    const { admin, operator } = await population.start();
    await untilRegistered(population.address, admin);
    say('every process has started');
    const load = createLoad({
      address: population.address,
      token: operator,
      random: seededRandom(options.seed, 'load'),
      forMs: options.minutes * 60_000,
      rate: options.rate,
      leaseMs: options.leaseTtlMs,
      pushJournal: population.pushJournal,
      outside: options.outside,
    });
    const gauge = createGauge(db, population.members);
    const gauged = gauge.run();
    const progress = setInterval(() => void tell(db, load), 5000);
    const [faults] = await Promise.all([inflictAll(plan, population, server), load.run()]);
    clearInterval(progress);
    say('the load and the faults are over');

    const over = performance.now();
    await stopSchedules(population.address, admin);
    const unfinished = await drain(db, load, options.drainSeconds * 1000, say);
    const drainedMs = performance.now() - over;
    if (unfinished.length > 0) watch.show(population);
    gauge.stop();
    await gauged;
    const usage = gauge.read();
    const deployment = await deploymentId(db);
    const externalJobs = places.map(({ kind, jobs }) => {
      return { destination: kind, everything: true, list: () => jobs(deployment) };
    });
    const { submitted, told } = load;
    const found = await findFaults({ db, submitted, told, pushJournal: population.pushJournal, externalJobs });
    const counted = await countJobs(externalJobs);
    load.close();
    await population.stop();
    const findings: Finding[] = [
      ...unfinished,
      ...found,
      { what: 'a client is told nothing but the truth and what to repeat', rows: load.misdeeds },
      { what: 'a process ends when it is told to and never else', rows: watch.misdeeds },
      { what: `a process stays within ${MOST_MB} MB`, rows: beyond(usage.memory, MOST_MB) },
    ].filter(({ rows }) => rows.length > 0);
    const { errors } = watch;
    const report = await collectReport({ db, options, faults, load, findings, errors, usage, drainedMs, counted });
    const text = writeReport(report);
    console.log(`\n${text}`);
    if (options.json !== '') await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (options.markdown !== '') await writeFile(options.markdown, `${text}\n`);
    return findings.length === 0 ? 0 : 1;
  } finally {
    await population.stop();
    await db.close();
  }
}

async function countJobs(asked: readonly ExternalJobs[]): Promise<Record<string, number>> {
  return Object.fromEntries(
    await Promise.all(asked.map(async ({ destination, list }) => [destination, (await list()).length] as const)),
  );
}

/** Resolves when the last fault is lifted. */
async function inflictAll(plan: readonly Fault[], population: Population, server: ChaosServer): Promise<Inflicted[]> {
  const start = performance.now();
  return Promise.all(
    plan.map(async (fault) => {
      await pause(Math.max(0, fault.atMs - (performance.now() - start)));
      const lasts = fault.lastsMs > 0 ? ` for ${(fault.lastsMs / 1000).toFixed(1)} s` : '';
      say(`${fault.kind} ${fault.victim}${lasts}`);
      return inflict(fault, population, server);
    }),
  );
}

async function tell(db: Db, load: Load): Promise<void> {
  const text = `select (select count(*) from task_records where finished_at is not null)::int as ended,
                       (select count(*) from task_records where finished_at is null)::int as live`;
  await db.query<{ ended: number; live: number }>({ name: '', text }).then(
    ([row]) => say(`submitted ${load.submitted.length}, tasks ended ${row?.ended}, to do ${row?.live}`),
    () => say(`submitted ${load.submitted.length}, the database is away`),
  );
}

/** The workers register what they load. */
async function untilRegistered(address: string, token: string): Promise<void> {
  const taskflow = client({ address, token, retryMs: 60_000 });
  for (;;) {
    const { workflows } = await taskflow.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
    if (workflows.some(({ name }) => name === 'narrow')) break;
    await pause(100);
  }
  taskflow.close();
}

async function stopSchedules(address: string, token: string): Promise<void> {
  const taskflow = client({ address, token, retryMs: 60_000 });
  await taskflow.setActive({ task: 'tick' }, false);
  await taskflow.setActive({ task: 'turn' }, false);
  taskflow.close();
}

function beyond(memory: Usage['memory'], most: number): string[] {
  return Object.entries(memory).flatMap(([name, { highest }]) => (highest > most ? [`${name} had ${highest}`] : []));
}
