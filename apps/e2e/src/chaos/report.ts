import type { Db } from '@taskflow/store';
import type { Finding } from './findings.js';
import type { Inflicted } from './inflict.js';
import type { Load } from './load.js';

export interface Outcome {
  readonly db: Db;
  readonly seed: number;
  readonly faults: readonly Inflicted[];
  readonly load: Load;
  readonly findings: readonly Finding[];
  /** Lines of the services at level error and above, by their message. */
  readonly errors: ReadonlyMap<string, number>;
  readonly drainedMs: number;
}

const SHOWN = 10;

/** What the run was and what it has found, for people. */
export async function writeReport(outcome: Outcome): Promise<string> {
  const { db, seed, faults, load, findings, errors, drainedMs } = outcome;
  const count = (text: string) => db.query<{ name: string; n: number }>({ name: '', text });
  const tasks = await count(`select status as name, count(*)::int as n from task_instances group by 1 order by 2 desc`);
  const runs = await count(
    `select status as name, count(*)::int as n from workflow_instances group by 1 order by 2 desc`,
  );
  const attempts = await count(
    `select coalesce(outcome || nullif(' ' || reason, ' '), outcome) as name, count(*)::int as n from task_attempts group by 1 order by 2 desc`,
  );
  const slots = await count(
    `select outcome as name, count(*)::int as n from schedule_slots group by 1 order by 2 desc`,
  );
  const ends = await db.query<{ ended_at: Date }>({ name: '', text: 'select ended_at from task_attempts order by 1' });
  const times = ends.map(({ ended_at }) => ended_at.getTime());
  const lines = [
    '',
    `submitted            ${load.submitted.length} (${load.repeated} calls made again)`,
    `task instances       ${list(tasks)}`,
    `workflow instances   ${list(runs)}`,
    `attempts             ${list(attempts)}`,
    `slots                ${list(slots)}`,
    `drained in           ${(drainedMs / 1000).toFixed(1)} s`,
    '',
    'faults                  number   next completion after: median / longest',
    ...recoveries(faults, times),
    `longest time without a completion: ${seconds(longestGap(times))} s`,
  ];
  if (errors.size > 0) {
    lines.push('', 'logged as errors:');
    for (const [message, n] of [...errors].sort((one, other) => other[1] - one[1]).slice(0, SHOWN * 2))
      lines.push(`  ${n} × ${message}`);
  }
  for (const { what, rows } of findings) {
    lines.push('', `VIOLATION ${what} (${rows.length})`);
    for (const row of rows.slice(0, SHOWN)) lines.push(`  ${typeof row === 'string' ? row : JSON.stringify(row)}`);
  }
  lines.push(
    '',
    findings.length === 0 ? `No violation. Seed ${seed}.` : `${findings.length} violations. Seed ${seed}.`,
  );
  return lines.join('\n');
}

function list(counts: readonly { name: string; n: number }[]): string {
  return counts.map(({ name, n }) => `${name} ${n}`).join(', ') || 'none';
}

function recoveries(faults: readonly Inflicted[], times: readonly number[]): string[] {
  const byKind = Map.groupBy(faults, ({ kind }) => kind);
  return [...byKind].map(([kind, all]) => {
    const hits = all.filter(({ hit }) => hit);
    const recovered = hits
      .map(({ began }) => (times.find((time) => time > began.getTime()) ?? Infinity) - began.getTime())
      .sort((one, other) => one - other);
    const times_ = `${seconds(recovered[Math.floor(recovered.length / 2)])} / ${seconds(recovered.at(-1))} s`;
    const missed = all.length > hits.length ? ` (${all.length - hits.length} found nothing to hit)` : '';
    return `  ${kind.padEnd(22)}${String(hits.length).padStart(6)}   ${hits.length > 0 ? times_ : ''}${missed}`;
  });
}

function longestGap(times: readonly number[]): number {
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

function seconds(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return Number.isFinite(ms) ? (ms / 1000).toFixed(1) : 'never';
}
