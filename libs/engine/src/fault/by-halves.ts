import { isTaskflowError } from '@taskflow/domain';
import { databaseFault } from '@taskflow/store';

/**
 * True for an error that one of many may have caused alone: code that trips over what it holds, values that the database
 * refuses. False where nobody would fare better: the database is away or in trouble, another scheduler leads.
 */
export function isFaultOfOne(error: unknown): boolean {
  if (isTaskflowError(error)) return !error.retryable;
  return databaseFault(error) !== 'database';
}

/**
 * Does the work for all at once; where one spoils it, for one half and then the other, so that the rest is done in few steps.
 *
 * @param work done in a transaction of its own each time; gives what it did
 * @param spoil called for each that cannot be done even alone, with why
 */
export async function byHalves<T>(
  ids: readonly string[],
  work: (ids: readonly string[]) => Promise<T>,
  spoil: (id: string, error: unknown) => Promise<T>,
): Promise<T[]> {
  try {
    return [await work(ids)];
  } catch (error) {
    const [first] = ids;
    if (first === undefined || !isFaultOfOne(error)) throw error;
    if (ids.length === 1) return [await spoil(first, error)];
    const middle = Math.ceil(ids.length / 2);
    const done = await byHalves(ids.slice(0, middle), work, spoil);
    return [...done, ...(await byHalves(ids.slice(middle), work, spoil))];
  }
}
