import type { Schedule } from '@taskflow/proto/taskflow/v1/schedules.js';
import type { Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { found } from '../api/found.js';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';

/** The schedule with this id, or the only one of the Task or Workflow with this name. */
export async function findSchedule(api: Api, idOrName: string): Promise<Schedule> {
  const client = await api.schedules();
  if (/^\d+$/.test(idOrName)) {
    const answer = await client.getSchedule({ id: idOrName }, CALL_LIMIT);
    return found(answer.schedule, `schedule ${idOrName}`);
  }
  const request = { target: idOrName, pageSize: 100, pageToken: '' };
  const { schedules } = await client.listSchedules(request, CALL_LIMIT);
  const [schedule, ...others] = schedules;
  if (schedule === undefined) {
    throw new CommandFailure(
      `Nothing of the name ${JSON.stringify(idOrName)} has a schedule. Look them up: taskflow schedule list`,
      EXIT.notFound,
    );
  }
  if (others.length === 0) return schedule;
  const ids = schedules.map(({ id, kind }) => `${id} (${kind})`).join(', ');
  throw new CommandFailure(`${idOrName} has ${schedules.length} schedules: give the id of one: ${ids}`, EXIT.usage);
}
