import type { Db } from '@taskflow/store';

/** Beyond what a busy system lags behind. */
const LATE_S = 30;

/** What is not as it should be, a sentence each with what to do. */
export async function checkHealth(db: Db): Promise<string[]> {
  const { systemHealth } = await import('@taskflow/store');
  const health = await systemHealth(db);
  const complaints: string[] = [];
  if (health.schedulers === 0) {
    complaints.push(
      'No scheduler is elected: nothing recurs and no workflow goes on. Start one: taskflow serve scheduler',
    );
  }
  if (health.workers === 0) {
    complaints.push('No worker is connected: nothing runs. Start one: taskflow serve worker');
  } else if (health.without_worker > 0) {
    complaints.push(
      `${health.without_worker} task instances are ready and no worker takes them: ${health.without_worker_where ?? ''}. ` +
        'Start a worker for their queue, tasks and labels: taskflow worker list shows what there is',
    );
  }
  if (health.schedule_lag_s > LATE_S) {
    complaints.push(`A schedule is ${Math.round(health.schedule_lag_s)} s behind: look at the log of the scheduler`);
  }
  if (health.delayed_lag_s > LATE_S) {
    complaints.push(`A retry is ${Math.round(health.delayed_lag_s)} s behind: look at the log of the scheduler`);
  }
  return complaints;
}
