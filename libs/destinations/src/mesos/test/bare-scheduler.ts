import { userInfo } from 'node:os';
import { readRecords } from '../record-io.js';
import type { FrameworkInfo, Offer, TaskStatus } from '../scheduler-api.js';
import { eventually } from './bench.js';

/** Speaks to a master as the wire has it, and keeps what it hears. */
export interface BareScheduler {
  readonly info: FrameworkInfo;
  readonly streamId: string;
  /** In the order in which they came. */
  readonly events: readonly Heard[];
  readonly ended: boolean;
  call(type: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  offer(): Promise<Offer>;
  launch(offer: Offer, ...tasks: readonly { readonly id: string; readonly bash: string }[]): Promise<number>;
  /** The states that were told of a task, with the reasons of those that want no acknowledgement. */
  states(id: string): string[];
  heard(id: string, state: string): Promise<TaskStatus>;
  acknowledge(status: TaskStatus): Promise<number>;
  drop(): void;
}

export interface Heard {
  readonly type: string;
  readonly subscribed?: { readonly framework_id: { readonly value: string } };
  readonly offers?: { readonly offers: readonly Offer[] };
  readonly update?: { readonly status: TaskStatus };
  readonly error?: { readonly message: string };
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

export function sendCall(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Response> {
  const init = { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) };
  return fetch(`${url}/master/api/v1/scheduler`, signal === undefined ? init : { ...init, signal });
}

export async function subscribe(url: string, id?: string): Promise<BareScheduler> {
  const closed = new AbortController();
  const named = id === undefined ? {} : { id: { value: id } };
  const capabilities = ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({ type }));
  const user = userInfo().username;
  const base = { user, name: 'bare', roles: ['*'], failover_timeout: 600, checkpoint: true, capabilities };
  const body = {
    type: 'SUBSCRIBE',
    subscribe: { framework_info: { ...base, ...named } },
    ...(id === undefined ? {} : { framework_id: { value: id } }),
  };
  const response = await sendCall(url, body, {}, closed.signal);
  if (response.status !== 200 || response.body === null)
    throw new Error(`${String(response.status)} ${await response.text()}`);
  const events: Heard[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const record of readRecords(response.body as AsyncIterable<Uint8Array>))
      events.push(JSON.parse(record) as Heard);
  };
  const finish = (): void => void (ended = true);
  read().then(finish, finish);
  const first = await eventually(() => Promise.resolve(events[0]), 'the first event');
  const frameworkId = first.subscribed?.framework_id ?? { value: id ?? '' };
  const streamId = response.headers.get('mesos-stream-id') ?? '';
  const used = new Set<string>();
  const statuses = (task: string): TaskStatus[] =>
    events.flatMap(({ update }) => (update?.status.task_id.value === task ? [update.status] : []));

  const self: BareScheduler = {
    info: { ...base, id: frameworkId },
    streamId,
    events,
    get ended() {
      return ended;
    },
    call: (type, more = {}, headers = { 'mesos-stream-id': streamId }) =>
      sendCall(url, { type, framework_id: frameworkId, ...more }, headers),
    offer: () =>
      eventually(() => {
        const offers = events.flatMap((event) => event.offers?.offers ?? []);
        const fresh = offers.filter(({ id: { value } }) => !used.has(value));
        for (const one of fresh) used.add(one.id.value);
        return Promise.resolve(fresh.at(-1));
      }, 'an offer'),
    async launch(offer, ...tasks) {
      const scalar = (name: string, value: number) => ({
        name,
        type: 'SCALAR',
        scalar: { value },
        allocation_info: { role: '*' },
      });
      const task_infos = tasks.map(({ id: value, bash }) => {
        const command = { shell: false, value: '/bin/bash', arguments: ['bash', '-c', bash] };
        return {
          name: value,
          task_id: { value },
          agent_id: offer.agent_id,
          resources: [scalar('cpus', 0.1), scalar('mem', 32)],
          command,
        };
      });
      const operations = [{ type: 'LAUNCH', launch: { task_infos } }];
      const answer = await self.call('ACCEPT', {
        accept: { offer_ids: [offer.id], operations, filters: { refuse_seconds: 0 } },
      });
      return answer.status;
    },
    states: (task) =>
      statuses(task).map(({ state, reason, uuid }) => (uuid === undefined ? `${state} ${reason ?? ''}` : state)),
    heard: (task, state) =>
      eventually(
        () => Promise.resolve(statuses(task).findLast((status) => status.state === state)),
        `${task} ${state}`,
        () => statuses(task),
      ),
    acknowledge: async ({ agent_id, task_id, uuid }) =>
      (await self.call('ACKNOWLEDGE', { acknowledge: { agent_id, task_id, uuid } })).status,
    drop: () => closed.abort(),
  };
  return self;
}
