import {
  databaseFragment,
  processFragment,
  pusherFragment,
  schedulerFragment,
  type FragmentValues,
} from '@taskflow/runtime';

/** Everything that the scheduler reads from the environment, and the pusher where it runs beside it. */
export const schedulerConfig = { ...processFragment, ...databaseFragment, ...schedulerFragment, ...pusherFragment };

export type SchedulerConfig = FragmentValues<typeof schedulerConfig>;
