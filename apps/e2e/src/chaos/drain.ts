import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '@taskflow/store';
import type { Finding } from './findings.js';
import type { Load } from './load.js';

/** What has not ended, with where it is. */
const OPEN = `
  select 'task' as kind, id, task_name as name, status, waiting_for, attempt, created_at from task_instances
   where finished_at is null
  union all
  select 'workflow', id, workflow_name, status, null, run_number, created_at from workflow_instances
   where finished_at is null
   order by created_at`;

/** Waits for everything that was submitted to end, and for every client to be told; gives what did not. */
export async function drain(db: Db, load: Load, timeoutMs: number, say: (line: string) => void): Promise<Finding[]> {
  const deadline = performance.now() + timeoutMs;
  for (let turn = 1; ; turn += 1) {
    const open = await db.query<{ id: string }>({ name: '', text: OPEN });
    if (open.length === 0 && load.open === 0 && load.waiting === 0) return [];
    if (performance.now() > deadline) {
      const findings = [
        { what: 'everything that was submitted ends', rows: open },
        { what: 'a submission is answered', rows: load.open > 0 ? [`${load.open} were not`] : [] },
        { what: 'who waits for an end is told', rows: load.waiting > 0 ? [`${load.waiting} were not`] : [] },
      ];
      return findings.filter(({ rows }) => rows.length > 0);
    }
    if (turn % 20 === 0) say(`draining: ${open.length} instances, ${load.open} submissions, ${load.waiting} waits`);
    await pause(250);
  }
}
