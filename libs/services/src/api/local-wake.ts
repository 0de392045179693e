import type { Wake } from '@taskflow/engine';
import type { Hub } from './session/hub.js';
import type { Waiters } from './wait/waiters.js';

/** Gives every hint to this process at once, and to the others by way of `remote`. */
export function localWake(remote: Wake, hub: () => Hub, waiters: () => Waiters): Wake {
  return {
    ready(laneIds) {
      hub().wakeReady(laneIds);
      remote.ready(laneIds);
    },
    workflowChanged() {
      waiters().hint();
      remote.workflowChanged();
    },
    delayed: () => remote.delayed(),
    cancelRequested() {
      hub().wakeCancels();
      remote.cancelRequested();
    },
    scheduleChanged() {
      hub().wakeLanes();
      remote.scheduleChanged();
    },
    ended(taskInstanceIds) {
      waiters().ended('task', taskInstanceIds);
      remote.ended(taskInstanceIds);
    },
  };
}
