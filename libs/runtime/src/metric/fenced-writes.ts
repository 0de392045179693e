import { counter } from './counter.js';

/**
 * Writes that came too late and changed nothing: a `completion` of a lease that had ended, a `heartbeat` of a session that had,
 * what a scheduler of an earlier `term` or a pusher of an earlier `epoch` wanted to write.
 */
export const fencedWrites = counter({
  name: 'taskflow_fenced_writes_total',
  help: 'Writes that were refused because their lease, session, term or epoch had ended',
  label: 'what',
  values: ['completion', 'heartbeat', 'term', 'epoch'],
});
