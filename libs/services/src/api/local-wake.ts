import type { Wake } from '@taskflow/engine';
import type { Hub } from './session/hub.js';
import type { Waiters } from './wait/waiters.js';

/** Gives every hint to this process at once, and to the others by way of `remote`. */
export function localWake(remote: Wake, local: () => { readonly hub: Hub; readonly waiters: Waiters }): Wake {
  return {
    ready(laneIds) {
      local().hub.wakeReady(laneIds);
      remote.ready(laneIds);
    },
    workflowChanged: () => remote.workflowChanged(),
    workflowEnded(workflowInstanceIds) {
      local().waiters.ended('workflow', workflowInstanceIds);
      remote.workflowEnded(workflowInstanceIds);
    },
    delayed: () => remote.delayed(),
    cancelRequested() {
      local().hub.wakeCancels();
      remote.cancelRequested();
    },
    scheduleChanged() {
      local().hub.wakeLanes();
      remote.scheduleChanged();
    },
    ended(taskInstanceIds) {
      local().waiters.ended('task', taskInstanceIds);
      remote.ended(taskInstanceIds);
    },
  };
}
