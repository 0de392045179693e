import { isNativeError } from 'node:util/types';
import { IllegalTransition, InvalidInput, isTaskflowError, Unavailable, VersionConflict } from '@taskflow/domain';

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '08000',
  '08003',
  '08006',
  '25P03', // idle_in_transaction_session_timeout
]);
const CONNECTION_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered|query read timeout|^timeout expired$/i;

/** Turns a driver error into the TaskflowError that callers know; an error that is not known stays as it is (a bug). */
export function mapDatabaseError(error: unknown, during: string): unknown {
  if (isTaskflowError(error) || !isNativeError(error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_CODES.has(code) || CONNECTION_MESSAGES.test(error.message)) {
    return new Unavailable('The database cannot be reached; the call can be repeated.', {
      reason: 'DATABASE_DOWN',
      cause: error,
      metadata: { during },
    });
  }
  // PgBouncer's answer to SESSION_OPTIONS.
  if (code === '08P01' && /unsupported startup parameter/i.test(error.message)) {
    return new IllegalTransition(
      'The database is reached through a transaction pooler. Set TASKFLOW_DATABASE_NAMED_STATEMENTS=off and ' +
        'TASKFLOW_DATABASE_LISTEN=off, or name the database itself in TASKFLOW_DATABASE_URL.',
      { reason: 'TRANSACTION_POOLER', cause: error },
    );
  }
  if (code === '40001' || code === '40P01') {
    return new VersionConflict('Two changes met in the database; repeat the call.', {
      cause: error,
      metadata: { during },
    });
  }
  if (code === '55P03') {
    return new Unavailable('Somebody else holds rows locked that this changes; the call can be repeated.', {
      reason: 'ROWS_LOCKED',
      cause: error,
      metadata: { during },
    });
  }
  // undefined_table: a service that has just started on an empty database makes them in a moment.
  if (code === '42P01') {
    return new Unavailable(
      'The tables are not there yet: the database is being migrated, or nobody has (taskflow db migrate). Repeat the call.',
      { reason: 'NOT_MIGRATED', cause: error, metadata: { during } },
    );
  }
  // character_not_in_repertoire, untranslatable_character: text from outside that no check before has looked at.
  if (code === '22021' || code === '22P05') {
    return new InvalidInput(
      'The request holds a text with a NUL character, which Postgres cannot store; leave it out.',
      [],
      {
        reason: 'UNSTORABLE_TEXT',
        cause: error,
        metadata: { during },
      },
    );
  }
  return error;
}
