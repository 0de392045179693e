import type { Db, Queryable } from '@taskflow/store';
import { DEFINITION_STATEMENTS } from './definitions.js';
import { LEADERSHIP_STATEMENTS } from './leadership.js';
import { LEASE_STATEMENTS } from './leases.js';
import { LIMIT_STATEMENTS } from './limits.js';
import { RUN_STATEMENTS } from './runs.js';
import { SCHEDULE_STATEMENTS } from './schedules.js';
import { SESSION_STATEMENTS } from './sessions.js';
import { SUBMISSION_STATEMENTS } from './submissions.js';
import type { MemoryStatements } from './statement.js';
import { SUBMIT_STATEMENTS } from './submit-tasks.js';
import type { Tables } from './tables.js';
import { TASK_STATEMENTS } from './tasks.js';

export const STATEMENTS: MemoryStatements = {
  ...DEFINITION_STATEMENTS,
  ...LEADERSHIP_STATEMENTS,
  ...LEASE_STATEMENTS,
  ...LIMIT_STATEMENTS,
  ...RUN_STATEMENTS,
  ...SCHEDULE_STATEMENTS,
  ...SESSION_STATEMENTS,
  ...SUBMISSION_STATEMENTS,
  ...SUBMIT_STATEMENTS,
  ...TASK_STATEMENTS,
};

/**
 * A database in memory that answers the statements of libs/store. Statements are atomic, transactions roll back. Two
 * transactions must not be open at once: whoever shares it between callers lets one finish before the next begins.
 *
 * @param statements what to answer with, by name; a test plants a fault by replacing one
 */
export function createMemoryDb(tables: Tables, statements: MemoryStatements = STATEMENTS): Db {
  const origin = {};
  const { journal } = tables;
  const answer: Queryable['query'] = async <Row extends object>(
    { name }: { readonly name: string },
    values: readonly unknown[] = [],
  ) => {
    const statement = statements[name];
    if (statement === undefined) throw new Error(`the store in memory does not know the statement "${name}"`);
    return statement(tables, values) as Row[];
  };
  const tx: Db['tx'] = async (work) => {
    journal.begin();
    try {
      const result = await work({ origin, query: answer });
      journal.commit();
      return result;
    } catch (error) {
      journal.rollback();
      throw error;
    }
  };
  return {
    origin,
    query: (statement, values) => tx((q) => q.query(statement, values)),
    tx,
    close: () => Promise.resolve(),
  };
}
