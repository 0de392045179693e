import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createFramework, type SimulatedFramework, type SimulatedTask } from './simulated-framework.js';
import type { SimulatedCall, SimulatedTaskInfo } from './simulated-call.js';
import { planRun } from './simulated-run.js';

/**
 * A master whose agents run nothing, for what no rig of one machine can show: thousands of tasks, images, memory. The cases of
 * mesos-wire.test.ts hold for it as for a real one.
 */
export interface Simulator {
  readonly url: string;
  /** Calls by type. */
  readonly calls: ReadonlyMap<string, number>;
  /** How often each task was launched. */
  readonly launched: ReadonlyMap<string, number>;
  /** When each ended, by the wall clock. */
  readonly endedAt: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  readonly agents?: number;
  /** Of each agent. */
  readonly cpus?: number;
  readonly pieceBytes?: number;
}

const OFFER_MS = 100;
const MEM = 1e6;

export async function openSimulator({
  agents = 2,
  cpus = 8,
  pieceBytes = 0,
}: SimulatorOptions = {}): Promise<Simulator> {
  const run = randomUUID().slice(0, 8);
  const names = Array.from({ length: agents }, (_, n) => `${run}-S${String(n)}`);
  const free = new Map(names.map((name) => [name, cpus]));
  const frameworks = new Map<string, SimulatedFramework>();
  const calls = new Map<string, number>();
  const launched = new Map<string, number>();
  const endedAt = new Map<string, number>();

  const end = (framework: SimulatedFramework, task: SimulatedTask, state: string, facts: object): void => {
    if (task.ended) return;
    clearTimeout(task.timer);
    task.ended = true;
    endedAt.set(task.id, performance.timeOrigin + performance.now());
    free.set(task.agent, (free.get(task.agent) ?? 0) + task.cpus);
    framework.update(task, state, facts);
  };

  const launch = (framework: SimulatedFramework, agent: string, info: SimulatedTaskInfo): void => {
    const id = info.task_id.value;
    const cpu =
      info.resources?.filter(({ name }) => name === 'cpus').reduce((sum, one) => sum + (one.scalar?.value ?? 0), 0) ??
      0;
    const error = (message: string): void =>
      framework.tell(id, 'TASK_ERROR', { reason: 'REASON_TASK_INVALID', message });
    if (framework.tasks.has(id)) return error(`Task has duplicate ID: ${id}`);
    const left = (free.get(agent) ?? 0) - cpu;
    if (left < -1e-6) return error('Total resources required by task and its executor is more than available');
    free.set(agent, left);
    launched.set(id, (launched.get(id) ?? 0) + 1);
    const task: SimulatedTask = {
      id,
      agent,
      cpus: cpu,
      sent: 'TASK_STAGING',
      ended: false,
      updates: [],
      timer: undefined,
    };
    framework.tasks.set(id, task);
    const { seconds, state, facts, starts } = planRun(info);
    if (!starts) return end(framework, task, state, facts);
    framework.update(task, 'TASK_STARTING');
    framework.update(task, 'TASK_RUNNING');
    task.timer = setTimeout(() => end(framework, task, state, facts), seconds * 1000);
  };

  const answerFor = (framework: SimulatedFramework, id: string, agent: string | undefined): void => {
    const task = framework.tasks.get(id);
    const facts = { reason: 'REASON_RECONCILIATION', ...(agent === undefined ? {} : { agent_id: { value: agent } }) };
    if (task !== undefined) framework.tell(id, task.sent, { ...facts, agent_id: { value: task.agent } });
    else framework.tell(id, agent !== undefined && free.has(agent) ? 'TASK_GONE' : 'TASK_UNKNOWN', facts);
  };

  /** @returns what is wrong with it */
  const carryOut = (framework: SimulatedFramework, call: SimulatedCall): string | undefined => {
    const { type, accept, decline, acknowledge, kill, reconcile } = call;
    switch (type) {
      case 'ACCEPT': {
        const held = accept?.offer_ids.map(({ value }) => framework.offers.get(value)) ?? [];
        for (const { value } of accept?.offer_ids ?? []) framework.offers.delete(value);
        for (const info of accept?.operations?.flatMap((one) => one.launch?.task_infos ?? []) ?? []) {
          const [agent] = held;
          if (agent !== undefined) launch(framework, agent, info);
          else
            framework.tell(info.task_id.value, 'TASK_DROPPED', {
              reason: 'REASON_INVALID_OFFERS',
              message: 'Task launched with invalid offers',
            });
        }
        return undefined;
      }
      case 'DECLINE':
        for (const { value } of decline?.offer_ids ?? []) framework.offers.delete(value);
        return undefined;
      case 'ACKNOWLEDGE':
        if (acknowledge?.uuid === undefined) return 'Expecting uuid to be present';
        framework.acknowledge(acknowledge.task_id.value, acknowledge.uuid);
        return undefined;
      case 'KILL': {
        const id = kill?.task_id.value ?? '';
        const task = framework.tasks.get(id);
        if (task === undefined) answerFor(framework, id, kill?.agent_id?.value);
        else end(framework, task, 'TASK_KILLED', { message: 'Command terminated with signal Terminated' });
        return undefined;
      }
      case 'RECONCILE': {
        const asked = reconcile?.tasks ?? [];
        for (const { task_id, agent_id } of asked) answerFor(framework, task_id.value, agent_id?.value);
        if (asked.length > 0) return undefined;
        for (const task of framework.tasks.values()) if (!task.ended) answerFor(framework, task.id, task.agent);
        return undefined;
      }
      case 'SUPPRESS':
      case 'REVIVE':
        framework.suppressed = type === 'SUPPRESS';
        return undefined;
      default:
        return 'Unexpected call';
    }
  };

  const subscribe = (id: string | undefined, answer: ServerResponse): void => {
    const known = frameworks.get(id ?? '');
    if (known?.removed === true) {
      const event = JSON.stringify({ type: 'ERROR', error: { message: 'Framework has been removed' } });
      answer.writeHead(200, { 'content-type': 'application/json', 'mesos-stream-id': randomUUID() });
      answer.end(`${String(event.length)}\n${event}`);
      return;
    }
    const framework = known ?? createFramework(id ?? `${run}-${String(frameworks.size)}`, pieceBytes);
    frameworks.set(framework.id, framework);
    framework.subscribe(answer);
  };

  const onCall = (body: string, asked: IncomingMessage, answer: ServerResponse): void => {
    const refuse = (status: number, why: string): void => void answer.writeHead(status).end(why);
    const call = JSON.parse(body) as SimulatedCall;
    const streamId = asked.headers['mesos-stream-id'];
    calls.set(call.type ?? '', (calls.get(call.type ?? '') ?? 0) + 1);
    if (call.type === 'SUBSCRIBE') {
      if (streamId !== undefined) return refuse(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
      return subscribe(call.framework_id?.value, answer);
    }
    const framework = frameworks.get(call.framework_id?.value ?? '');
    if (framework === undefined || framework.removed) return refuse(400, 'Framework cannot be found');
    if (framework.streamId === undefined) return refuse(403, 'Framework is not subscribed');
    if (framework.streamId !== streamId) return refuse(400, 'The stream ID included in this request did not match');
    const wrong = carryOut(framework, call);
    if (wrong === undefined) answer.writeHead(202).end();
    else refuse(400, wrong);
  };

  const offering = setInterval(() => {
    for (const framework of frameworks.values()) {
      if (framework.streamId === undefined || framework.suppressed) continue;
      const held = new Set([...frameworks.values()].flatMap((one) => [...one.offers.values()]));
      const offers = names.flatMap((agent) => {
        const left = free.get(agent) ?? 0;
        if (held.has(agent) || left < 0.01) return [];
        const id = randomUUID();
        framework.offers.set(id, agent);
        const scalar = (name: string, value: number) => ({
          name,
          type: 'SCALAR',
          scalar: { value },
          allocation_info: { role: '*' },
        });
        return [
          {
            id: { value: id },
            agent_id: { value: agent },
            hostname: '127.0.0.1',
            resources: [scalar('cpus', left), scalar('mem', MEM)],
          },
        ];
      });
      if (offers.length > 0) framework.send({ type: 'OFFERS', offers: { offers } });
    }
  }, OFFER_MS);

  const other = (url: URL, body: string, answer: ServerResponse): void => {
    const json = (value: unknown): void => void answer.end(JSON.stringify(value));
    const all = [...frameworks.values()].filter((one) => !one.removed);
    if (url.pathname === '/slaves') return json({ slaves: names.map((id) => ({ id, hostname: '127.0.0.1', port })) });
    if (url.pathname === '/files/read') return json({ data: '', offset: 0 });
    if (url.pathname === '/master/api/v1') {
      const found = all.map(({ id, streamId }) => ({
        framework_info: { id: { value: id } },
        connected: streamId !== undefined,
      }));
      return json({ type: 'GET_FRAMEWORKS', get_frameworks: { frameworks: found } });
    }
    const gone = frameworks.get(new URLSearchParams(body).get('frameworkId') ?? '');
    if (url.pathname !== '/master/teardown' || gone === undefined) return void answer.writeHead(404).end();
    gone.drop();
    gone.removed = true;
    for (const task of gone.tasks.values()) clearTimeout(task.timer);
    answer.end();
  };

  const server = createServer({ noDelay: true }, (asked, answer) => {
    void text(asked).then((body) => {
      const url = new URL(asked.url ?? '/', 'http://localhost');
      if (url.pathname === '/master/api/v1/scheduler') onCall(body, asked, answer);
      else other(url, body, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    calls,
    launched,
    endedAt,
    close() {
      clearInterval(offering);
      for (const framework of frameworks.values()) {
        framework.drop();
        for (const task of framework.tasks.values()) clearTimeout(task.timer);
      }
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
