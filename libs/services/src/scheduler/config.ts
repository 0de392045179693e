import { databaseFragment, processFragment, schedulerFragment, type FragmentValues } from '@taskflow/runtime';

/** Everything that the scheduler reads from the environment. */
export const schedulerConfig = { ...processFragment, ...databaseFragment, ...schedulerFragment };

export type SchedulerConfig = FragmentValues<typeof schedulerConfig>;
