import type { Backend } from '../world/backend.js';
import { BEGIN, type Scenario } from '../world/scenario.js';
import { define } from './define.js';
import { createMemoryDb, STATEMENTS } from './memory-db.js';
import { snapshotOf } from './snapshot.js';
import type { MemoryStatements } from './statement.js';
import { Tables } from './tables.js';

export interface MemoryBackend extends Backend {
  readonly tables: Tables;
}

/** @param statements a test plants a fault by replacing one */
export function createMemoryBackend(scenario: Scenario, statements: MemoryStatements = STATEMENTS): MemoryBackend {
  const tables = new Tables(BEGIN);
  define(tables, scenario);
  return {
    tables,
    connect: () => createMemoryDb(tables, statements),
    advance(ms) {
      tables.now += ms;
      return Promise.resolve();
    },
    hints: () => Promise.resolve(tables.hints),
    crash() {
      tables.journal.crash();
      return Promise.resolve();
    },
    retireSchedules() {
      for (const { id } of tables.schedules.all()) tables.schedules.update(id, { active: false });
      return Promise.resolve();
    },
    openWork() {
      const records = tables.records.all((record) => record.finished_at === null).length;
      const runs = tables.runs.all((run) => run.finished_at === null).length;
      const buffered = tables.slots.all((slot) => slot.outcome === 'buffered').length;
      return Promise.resolve(records + runs + buffered + tables.changes.size);
    },
    snapshot: () => Promise.resolve(snapshotOf(tables)),
  };
}
