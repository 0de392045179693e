import { PRIORITIES, rankOffsetMs } from '@taskflow/domain';

/** Head start of each priority in milliseconds, as JSON: statements that queue an instance again look its own up in it. */
export const RANK_OFFSETS = JSON.stringify(
  Object.fromEntries(PRIORITIES.map((priority) => [priority, rankOffsetMs(priority)])),
);
