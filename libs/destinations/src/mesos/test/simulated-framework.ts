import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { TaskStatus } from '../scheduler-api.js';

export interface SimulatedTask {
  readonly id: string;
  readonly agent: string;
  readonly cpus: number;
  /** Of the last update that was sent. */
  sent: string;
  ended: boolean;
  /** Not acknowledged: the first of them was sent, the others wait behind it. */
  readonly updates: TaskStatus[];
  timer: NodeJS.Timeout | undefined;
}

/** A framework as the master of a simulator knows it. */
export interface SimulatedFramework {
  readonly id: string;
  readonly tasks: Map<string, SimulatedTask>;
  streamId: string | undefined;
  removed: boolean;
  suppressed: boolean;
  /** What it holds, by id of the offer: the agent. */
  readonly offers: Map<string, string>;
  subscribe(answer: ServerResponse): void;
  drop(): void;
  send(event: object): void;
  /** From the agent: sent until it is acknowledged, one after the other. */
  update(task: SimulatedTask, state: string, facts?: Partial<TaskStatus>): void;
  /** From the master: sent once. */
  tell(id: string, state: string, facts?: Partial<TaskStatus>): void;
  acknowledge(id: string, uuid: string): void;
}

const BEAT_SECONDS = 15;

/** @param pieceBytes how an event stream is cut; whole records when 0 */
export function createFramework(id: string, pieceBytes: number): SimulatedFramework {
  let stream: ServerResponse | undefined;
  let beat: NodeJS.Timeout | undefined;

  const write = (to: ServerResponse, event: object): void => {
    const record = Buffer.from(JSON.stringify(event));
    const bytes = Buffer.concat([Buffer.from(`${String(record.length)}\n`), record]);
    const step = pieceBytes || bytes.length;
    for (let from = 0; from < bytes.length; from += step) to.write(bytes.subarray(from, from + step));
  };
  const statusOf = (task_id: string, state: string, facts: Partial<TaskStatus>): TaskStatus => {
    return {
      task_id: { value: task_id },
      state,
      timestamp: performance.timeOrigin / 1000 + performance.now() / 1000,
      ...facts,
    };
  };
  const sendFirst = (task: SimulatedTask): void => {
    const [status] = task.updates;
    if (status === undefined) return;
    if (stream !== undefined) task.sent = status.state;
    self.send({ type: 'UPDATE', update: { status } });
  };

  const self: SimulatedFramework = {
    id,
    tasks: new Map(),
    streamId: undefined,
    removed: false,
    suppressed: false,
    offers: new Map(),
    subscribe(answer) {
      if (stream !== undefined) {
        self.send({ type: 'ERROR', error: { message: 'Framework failed over' } });
        self.drop();
      }
      self.suppressed = false;
      self.streamId = randomUUID();
      stream = answer;
      answer.writeHead(200, { 'content-type': 'application/json', 'mesos-stream-id': self.streamId });
      answer.on('close', () => stream === answer && self.drop());
      const subscribed = { framework_id: { value: id }, heartbeat_interval_seconds: BEAT_SECONDS };
      self.send({ type: 'SUBSCRIBED', subscribed });
      self.send({ type: 'HEARTBEAT' });
      beat = setInterval(() => self.send({ type: 'HEARTBEAT' }), BEAT_SECONDS * 1000);
      for (const task of self.tasks.values()) sendFirst(task);
    },
    drop() {
      clearInterval(beat);
      self.offers.clear();
      self.streamId = undefined;
      stream?.end();
      stream = undefined;
    },
    send: (event) => void (stream !== undefined && write(stream, event)),
    update(task, state, facts = {}) {
      const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
      task.updates.push(statusOf(task.id, state, { uuid, agent_id: { value: task.agent }, ...facts }));
      if (task.updates.length === 1) sendFirst(task);
    },
    tell: (task, state, facts = {}) => self.send({ type: 'UPDATE', update: { status: statusOf(task, state, facts) } }),
    acknowledge(task_id, uuid) {
      const task = self.tasks.get(task_id);
      if (task?.updates[0]?.uuid !== uuid) return;
      task.updates.shift();
      if (task.ended && task.updates.length === 0) self.tasks.delete(task_id);
      else sendFirst(task);
    },
  };
  return self;
}
