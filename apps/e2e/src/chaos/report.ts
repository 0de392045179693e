import { availableParallelism } from 'node:os';
import type { Db } from '@taskflow/store';
import type { Finding } from './findings.js';
import type { Usage } from './gauge.js';
import type { Inflicted } from './inflict.js';
import type { Load } from './load.js';
import type { ChaosOptions } from './options.js';
import { recoveries, type Recovered } from './recovery.js';

export interface Outcome {
  readonly db: Db;
  readonly options: ChaosOptions;
  readonly faults: readonly Inflicted[];
  readonly load: Load;
  readonly findings: readonly Finding[];
  /** Lines of the services at level error and above, by their message. */
  readonly errors: ReadonlyMap<string, number>;
  readonly usage: Usage;
  readonly drainedMs: number;
  /** Jobs that each destination outside ever started. */
  readonly counted: Readonly<Record<string, number>>;
}

type Counts = Readonly<Record<string, number>>;

/** What a run was and what it has found; as it is in the file of `--json`. */
export interface Report {
  readonly options: ChaosOptions;
  readonly machine: { readonly cpus: number; readonly node: string; readonly postgres: string };
  /** Acknowledged submissions. */
  readonly submitted: number;
  /** Calls that clients made again because they had no answer. */
  readonly repeated: number;
  /** By status. */
  readonly tasks: Counts;
  readonly workflows: Counts;
  /** By outcome and reason. */
  readonly attempts: Counts;
  /** By outcome. */
  readonly slots: Counts;
  /** Of each destination outside: how many jobs it ever started, and of how many push attempts. */
  readonly jobs: Readonly<Record<string, { readonly started: number; readonly attempts: number }>>;
  /** From the end of the load until everything had ended. */
  readonly drainedMs: number;
  /** The longest time between two ends of attempts. */
  readonly longestGapMs: number;
  readonly faults: readonly Recovered[];
  readonly usage: Usage;
  readonly errors: Counts;
  readonly findings: readonly Finding[];
}

const TASKS = `select status as name, count(*)::int as n from task_instances group by 1 order by 2 desc`;
const RUNS = `select status as name, count(*)::int as n from workflow_instances group by 1 order by 2 desc`;
const SLOTS = `select outcome as name, count(*)::int as n from schedule_slots group by 1 order by 2 desc`;
const ATTEMPTS = `
  select coalesce(outcome || nullif(' ' || reason, ' '), outcome) as name, count(*)::int as n
    from task_attempts group by 1 order by 2 desc`;
const PUSHED = `select destination as name, count(*)::int as n from push_jobs where external_id is not null group by 1`;
const LONGEST_GAP = `
  select coalesce(max(extract(epoch from gap)) * 1000, 0)::float8 as ms
    from (select ended_at - lag(ended_at) over (order by ended_at) as gap from task_attempts) gaps`;

export async function collectReport(outcome: Outcome): Promise<Report> {
  const { db, options, faults, load, findings, errors, usage, drainedMs, counted } = outcome;
  const ask = <Row extends object>(text: string): Promise<Row[]> => db.query<Row>({ name: '', text });
  const count = async (text: string): Promise<Counts> =>
    Object.fromEntries((await ask<{ name: string; n: number }>(text)).map(({ name, n }) => [name, n]));
  const [gap] = await ask<{ ms: number }>(LONGEST_GAP);
  const [server] = await ask<{ server_version: string }>('show server_version');
  return {
    options,
    machine: { cpus: availableParallelism(), node: process.version, postgres: server?.server_version ?? '' },
    submitted: load.submitted.length,
    repeated: load.repeated,
    tasks: await count(TASKS),
    workflows: await count(RUNS),
    attempts: await count(ATTEMPTS),
    slots: await count(SLOTS),
    jobs: jobsOf(counted, await count(PUSHED)),
    drainedMs,
    longestGapMs: gap?.ms ?? 0,
    faults: await recoveries(db, faults, options.leaseTtlMs),
    usage,
    errors: Object.fromEntries([...errors].sort((one, other) => other[1] - one[1])),
    findings,
  };
}

function jobsOf(started: Counts, attempts: Counts): Report['jobs'] {
  const entries = Object.entries(started).map(([name, n]) => [name, { started: n, attempts: attempts[name] ?? 0 }]);
  return Object.fromEntries(entries) as Report['jobs'];
}
