// Carried by record, queue and lease, so that what ends an instance knows without a look what else is to be done.

/** Holds places of limits, to be freed when it ends. */
export const FLAG_HAS_LIMITS = 1;
/** Holds a unique key that is to be freed when it ends. */
export const FLAG_HAS_UNIQUE_KEY = 2;
/** Belongs to a workflow instance, which is told when it ends. */
export const FLAG_OF_WORKFLOW = 4;
/** Of a lease alone: the worker got it ahead of its slots, so it was not started when it was leased. */
export const FLAG_AHEAD = 16;
