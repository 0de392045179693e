import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isTaskflowError } from '@taskflow/domain';
import type { Db } from '@taskflow/store';
import type { Member } from './member.js';

/** What a service takes of the machine and of the database; what grows without end is a leak. */
export interface Usage {
  /** Resident memory of each process in MB. Nothing where there is no /proc. */
  readonly memory: Readonly<Record<string, Span>>;
  /** Connections that Postgres counts, by the name that they give. */
  readonly connections: Readonly<Record<string, Span>>;
}

interface Span {
  readonly highest: number;
  readonly last: number;
}

export interface Gauge {
  /** Looks until stopped. */
  run(): Promise<void>;
  stop(): void;
  read(): Usage;
}

const EVERY_MS = 2000;
const CONNECTIONS = `
  select application_name as name, count(*)::int as n from pg_stat_activity
   where datname = current_database() and application_name like 'taskflow%' group by 1`;

export function createGauge(db: Db, members: ReadonlyMap<string, Member>): Gauge {
  const memory: Record<string, Span> = {};
  const connections: Record<string, Span> = {};
  const stopped = new AbortController();

  const note = (spans: Record<string, Span>, name: string, last: number): void => {
    spans[name] = { highest: Math.max(spans[name]?.highest ?? 0, last), last };
  };
  const weigh = (): void => {
    for (const { name, pid } of members.values()) {
      const mb = pid === undefined ? undefined : residentMb(pid);
      if (mb !== undefined) note(memory, name, mb);
    }
  };
  const count = async (): Promise<void> => {
    const counted = await db.query<{ name: string; n: number }>({ name: '', text: CONNECTIONS });
    const names = new Set([...Object.keys(connections), ...counted.map(({ name }) => name)]);
    for (const name of names) note(connections, name, counted.find((each) => each.name === name)?.n ?? 0);
  };

  return {
    async run() {
      while (!stopped.signal.aborted) {
        weigh();
        await count().catch((error: unknown) => {
          // The database is away, which is what the run is made of.
          if (!isTaskflowError(error) || !error.retryable) throw error;
        });
        await pause(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    },
    stop: () => stopped.abort(),
    read: () => ({ memory, connections }),
  };
}

function residentMb(pid: number): number | undefined {
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024);
  } catch (error) {
    // It has ended meanwhile, or the system has no such file.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
