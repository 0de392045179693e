import { subscribe, sendCall, type BareScheduler } from './test/bare-scheduler.js';
import { createBench, eventually } from './test/bench.js';
import { openMesosRig } from './test/open-rig.js';
import { openSimulator } from './test/simulator.js';

interface Place {
  readonly url: string;
  close(): Promise<void>;
}

const PLACES: readonly [string, () => Promise<Place>][] = [
  [
    'a real master',
    async () => {
      const rig = await openMesosRig();
      return { url: rig.master, close: () => rig.close() };
    },
  ],
  ['the simulator', () => openSimulator()],
];

/** What a master does on the wire: what holds for a real one is what the simulator may be relied on for. */
describe.each(PLACES)('%s', (_, open) => {
  let place: Place;
  let bare: BareScheduler;
  beforeAll(async () => {
    place = await open();
  }, 180_000);
  afterAll(() => place.close());
  beforeEach(async () => {
    bare = await subscribe(place.url);
  });
  afterEach(async () => {
    await bare.call('TEARDOWN').catch(() => undefined);
    bare.drop();
  });
  const run = async (id: string, bash: string): Promise<void> => {
    expect(await bare.launch(await bare.offer(), { id, bash })).toBe(202);
  };
  const reconcile = (id: string, agent?: string) => {
    const agent_id = agent === undefined ? {} : { agent_id: { value: agent } };
    return bare.call('RECONCILE', { reconcile: { tasks: [{ task_id: { value: id }, ...agent_id }] } });
  };

  test('says SUBSCRIBED and HEARTBEAT first', async () => {
    await eventually(() => Promise.resolve(bare.events[1]), 'the second event');
    expect(bare.events.slice(0, 2).map(({ type }) => type)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
  });

  test('refuses calls of streams and frameworks that it does not know', async () => {
    const body = { type: 'RECONCILE', framework_id: bare.info.id, reconcile: { tasks: [] } };
    const statuses = [
      await bare.call('RECONCILE', { reconcile: { tasks: [] } }, { 'mesos-stream-id': 'x' }),
      await bare.call('RECONCILE', { reconcile: { tasks: [] } }, {}),
      await sendCall(place.url, { ...body, framework_id: { value: 'nobody' } }, { 'mesos-stream-id': bare.streamId }),
      await bare.call('ACKNOWLEDGE', { acknowledge: { agent_id: { value: 'a' }, task_id: { value: 't' } } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 400, 400, 400]);
  });

  test('tells a task from its start to its end, each update once the one before is acknowledged', async () => {
    await run('one', 'exit 3');
    for (const state of ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']) {
      const status = await bare.heard('one', state);
      expect(bare.states('one').at(-1)).toBe(state);
      expect(await bare.acknowledge(status)).toBe(202);
    }
    expect(await bare.heard('one', 'TASK_FAILED')).toMatchObject({ message: 'Command exited with status 3' });
  });

  test('answers RECONCILE by what was sent last; of what it does not know by the agent', async () => {
    await run('one', 'exit 0');
    const { agent_id: agent } = await bare.heard('one', 'TASK_STARTING');
    await reconcile('one', agent?.value);
    await reconcile('never', agent?.value);
    await reconcile('nowhere');
    await reconcile('elsewhere', 'no-such-agent');
    expect((await bare.heard('never', 'TASK_GONE')).reason).toBe('REASON_RECONCILIATION');
    await bare.heard('nowhere', 'TASK_UNKNOWN');
    await bare.heard('elsewhere', 'TASK_UNKNOWN');
    expect(bare.states('one')).toEqual(['TASK_STARTING', 'TASK_STARTING REASON_RECONCILIATION']);
  });

  test('knows an ended task no more once its end is acknowledged', async () => {
    await run('one', 'exit 0');
    for (const state of ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'])
      await bare.acknowledge(await bare.heard('one', state));
    await reconcile('one');
    await bare.heard('one', 'TASK_UNKNOWN');
  });

  test('refuses an id that runs, and an offer that was used, without a word to the task', async () => {
    const offer = await bare.offer();
    await bare.launch(offer, { id: 'one', bash: 'sleep 60' }, { id: 'one', bash: 'sleep 60' });
    expect(await bare.heard('one', 'TASK_ERROR')).toMatchObject({
      reason: 'REASON_TASK_INVALID',
      message: expect.stringMatching(/duplicate ID/) as string,
    });
    await bare.launch(offer, { id: 'two', bash: 'exit 0' });
    expect((await bare.heard('two', 'TASK_DROPPED')).uuid).toBeUndefined();
    await bare.acknowledge(await bare.heard('one', 'TASK_STARTING'));
    await bare.heard('one', 'TASK_RUNNING');
  });

  test('ends a task that is to be killed; of one that it does not know it says so', async () => {
    await run('one', 'sleep 60');
    await bare.acknowledge(await bare.heard('one', 'TASK_STARTING'));
    await bare.acknowledge(await bare.heard('one', 'TASK_RUNNING'));
    await bare.call('KILL', { kill: { task_id: { value: 'one' } } });
    const killing = await eventually(
      () => Promise.resolve(bare.states('one').find((state) => state.startsWith('TASK_KILL'))),
      'a kill',
    );
    if (killing === 'TASK_KILLING') await bare.acknowledge(await bare.heard('one', 'TASK_KILLING'));
    await bare.heard('one', 'TASK_KILLED');
    await bare.call('KILL', { kill: { task_id: { value: 'never' } } });
    await bare.heard('never', 'TASK_UNKNOWN');
  });

  test('ends the subscription of who was there before, and repeats what was not acknowledged', async () => {
    await run('one', 'sleep 60');
    await bare.heard('one', 'TASK_STARTING');
    const before = bare;
    bare = await subscribe(place.url, before.info.id?.value);
    await eventually(() => Promise.resolve(before.ended ? true : undefined), 'the end of the first');
    expect(before.events.at(-1)).toMatchObject({ type: 'ERROR', error: { message: 'Framework failed over' } });
    expect((await before.call('RECONCILE', { reconcile: { tasks: [] } })).status).toBe(400);
    await bare.heard('one', 'TASK_STARTING');
  });

  test('tells a framework that was removed so, in an answer of 200', async () => {
    const id = bare.info.id?.value ?? '';
    await fetch(`${place.url}/master/teardown`, { method: 'POST', body: `frameworkId=${id}` });
    await eventually(() => Promise.resolve(bare.ended ? true : undefined), 'the end of the stream');
    const back = await subscribe(place.url, id);
    expect(back.events[0]).toMatchObject({ type: 'ERROR', error: { message: 'Framework has been removed' } });
  });
});

test.each([1, 7])(
  'on the simulator: memory, images, and names of many scripts in pieces of %i bytes',
  async (pieceBytes) => {
    const simulator = await openSimulator({ pieceBytes });
    const bench = createBench('nobody');
    try {
      const grid = await bench.hold([simulator.url]);
      const fat = await grid.ended(await grid.submit(bench.request('eat memory # größe 三つ 😀')));
      expect(fat).toMatchObject({
        failureClass: 'oom',
        reasonCode: 'OOM',
        reason: expect.stringContaining('64MB') as string,
      });
      const none = await grid.ended(await grid.submit(bench.request('exit 0', { image: 'fehlt-missing/größe:😀' })));
      expect(none).toMatchObject({
        failureClass: 'image',
        reasonCode: 'IMAGE',
        reason: expect.stringContaining('größe:😀') as string,
      });
      expect([...simulator.launched.values()]).toEqual([1, 1]);
    } finally {
      await bench.close();
      await simulator.close();
    }
  },
);
