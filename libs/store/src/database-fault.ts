import { isNativeError } from 'node:util/types';

/** Classes of SQLSTATE that blame the values of a statement: cardinality, data, integrity, size, raised by a trigger. */
const OF_VALUES = new Set(['21', '22', '23', '54', 'P0']);

/**
 * Whose fault an error of a statement is: of the values that it was given, so that others may well be stored, or of the
 * database and its state, so that nothing will be. Undefined for an error that comes from elsewhere.
 */
export function databaseFault(error: unknown): 'values' | 'database' | undefined {
  if (!isNativeError(error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if ('syscall' in error) return 'database';
  if (!('severity' in error)) return undefined;
  return OF_VALUES.has(error.code.slice(0, 2)) ? 'values' : 'database';
}
