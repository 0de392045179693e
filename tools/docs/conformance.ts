import { table } from './table.ts';

/** A test that stands: the file of the kind, what its name holds, and where that is written when it is a suite of several kinds. */
export interface TestOfPoint {
  readonly file: string;
  readonly name: string;
  readonly suite?: { readonly file: string; readonly call: string };
}

type Cell = readonly TestOfPoint[];

export interface Point {
  readonly what: string;
  readonly local: Cell;
  readonly kubernetes: Cell;
  readonly aws_batch: Cell;
  readonly mesos: Cell;
}

const KINDS = ['local', 'kubernetes', 'aws_batch', 'mesos'] as const;
type Kind = (typeof KINDS)[number];

const PUSHER = 'libs/services/src/pusher';
const OWN: Readonly<Record<Kind, string>> = {
  local: 'libs/destinations/src/local/local.test.ts',
  kubernetes: 'libs/destinations/src/kubernetes/kubernetes.test.ts',
  aws_batch: 'libs/destinations/src/aws-batch/aws-batch.test.ts',
  mesos: 'libs/destinations/src/mesos/mesos.test.ts',
};
const CONFORMANCE = { file: 'libs/destinations/src/conformance/conformance.ts', call: 'describeConformance(' };
const CRASHES = { file: `${PUSHER}/test/describe-crashes.ts`, call: 'describeCrashes(' };
const CROWD = { file: `${PUSHER}/test/describe-crowd.ts`, call: 'describeCrowd(' };
const PAIR = { file: `${PUSHER}/test/describe-pair.ts`, call: 'describePair(' };

const own = (kind: Kind, name: string): TestOfPoint => ({ file: OWN[kind], name });
const common = (kind: Kind, name: string): TestOfPoint => ({ file: OWN[kind], name, suite: CONFORMANCE });
const protocol = (name: string): TestOfPoint => ({ file: `${PUSHER}/protocol.test.ts`, name });
const pusher = (name: string): TestOfPoint => ({ file: `${PUSHER}/pusher.test.ts`, name });
const faults = (name: string): TestOfPoint => ({ file: 'libs/destinations/src/mesos/mesos-faults.test.ts', name });
const outage = (kind: 'kubernetes' | 'aws-batch', name: string): TestOfPoint => {
  return { file: `libs/destinations/src/${kind}/${kind}-outages.test.ts`, name };
};
const crowd = (kind: 'kubernetes' | 'aws-batch'): TestOfPoint => {
  return {
    file: `${PUSHER}/crowd-${kind}.test.ts`,
    name: 'are seen to end in time, each is one job',
    suite: CROWD,
  };
};
const runTask = (name: string): TestOfPoint => ({ file: 'apps/e2e/src/run-task.test.ts', name });
const reload = (name: string): TestOfPoint => ({ file: `${PUSHER}/reload.test.ts`, name });
const crash = (kind: Kind): TestOfPoint =>
  kind === 'local'
    ? { file: `${PUSHER}/pusher-crash.test.ts`, name: 'killed when it has %s, again and again' }
    : {
        file: `${PUSHER}/pusher-crash-${kind.replace('_', '-')}.test.ts`,
        name: 'is killed at every point, and submits every attempt once',
        suite: CRASHES,
      };
const pair = (kind: Kind): TestOfPoint => {
  const file = `${PUSHER}/pusher-pair-${kind.replace('_', '-')}.test.ts`;
  return { file, name: 'the broken one tells why and costs no attempt', suite: PAIR };
};

const each = (cell: (kind: Kind) => Cell): Omit<Point, 'what'> => ({
  local: cell('local'),
  kubernetes: cell('kubernetes'),
  aws_batch: cell('aws_batch'),
  mesos: cell('mesos'),
});

const REASON = 'tells how and why a job failed';

/** What every destination must stand, and the tests that show it. */
export const POINTS: readonly Point[] = [
  {
    what: 'A job is submitted, runs and ends; it has its environment and trace; its log is read',
    ...each((kind) => [common(kind, 'runs a job with its environment, and gives its log')]),
  },
  {
    what: 'Failures with their reason and class: exit code, memory, image, no room, time',
    local: [common('local', REASON), pusher('a job that runs longer than its timeout is ended as that')],
    kubernetes: [
      common('kubernetes', REASON),
      own('kubernetes', 'whose memory was not enough says so, with its limit'),
      own('kubernetes', 'whose image cannot be had ends for that reason'),
      own('kubernetes', 'that no node has room for waits, and says why'),
    ],
    aws_batch: [
      common('aws_batch', REASON),
      { file: 'libs/destinations/src/aws-batch/observe-job.test.ts', name: 'why it cannot start' },
    ],
    mesos: [
      common('mesos', REASON),
      faults('a task waits for room, and gets it'),
      { file: 'libs/destinations/src/mesos/mesos-wire.test.ts', name: 'on the simulator: memory, images' },
    ],
  },
  {
    what: 'The pusher is killed at each of its fault points: one job for each attempt',
    ...each((kind) => [crash(kind)]),
  },
  {
    what: 'The answer to a submit is lost; duplicates are found; the fence keeps a second container from running',
    local: [
      common('local', 'makes one job of one name also when two submit at the same time'),
      runTask('a second container of the attempt runs nothing and ends with 86'),
    ],
    kubernetes: [
      common('kubernetes', 'makes one job of one name also when two submit at the same time'),
      outage('kubernetes', 'a response that is lost leaves one Job'),
    ],
    aws_batch: [
      common('aws_batch', 'makes one job of one name, however often and by whomever it is submitted'),
      own('aws_batch', "'drop_after', 'ambiguous', 1"),
    ],
    mesos: [
      common('mesos', 'makes one job of one name, however often and by whomever it is submitted'),
      faults('an ACCEPT whose answer is lost is asked for and not sent again'),
    ],
  },
  {
    what: 'A cancel while nobody knows whether the job is there',
    ...each(() => [protocol('a cancel that comes while nobody knows whether the job exists is not forgotten')]),
  },
  {
    what: 'A job is deleted by others; the place is away, silent or throttles',
    local: [
      common('local', 'says nothing of a job that is not there any more'),
      protocol('a destination that is away opens its breaker'),
    ],
    kubernetes: [
      common('kubernetes', 'says nothing of a job that is not there any more'),
      own('kubernetes', 'is followed over a restart of the API server'),
      outage('kubernetes', 'a watch that hangs without an end is noticed, and what it missed is seen'),
      outage('kubernetes', 'a throttling server is left alone for as long as it asks'),
      outage('kubernetes', 'a server that is away is told of, and what ended meanwhile is seen once it is back'),
    ],
    aws_batch: [
      common('aws_batch', 'takes a cancel for a job that is not there'),
      outage('aws-batch', 'a storm of throttling makes nothing, slows the calls down, and passes'),
      outage('aws-batch', 'a server that is away has made nothing, and is used again once it is back'),
    ],
    mesos: [
      faults('a standby sends to the leading master, which is killed and comes back while tasks run'),
      faults('agents are killed and come back one by one'),
      faults('a master that falls silent is given up and found again'),
    ],
  },
  {
    what: 'Many jobs at once',
    local: [common('local', 'describes 250 jobs at once'), pusher('O11: 250 jobs are synchronised')],
    kubernetes: [common('kubernetes', 'describes 250 jobs at once'), crowd('kubernetes')],
    aws_batch: [common('aws_batch', 'describes 250 jobs at once'), crowd('aws-batch')],
    mesos: [
      common('mesos', 'describes 250 jobs at once'),
      { file: `${PUSHER}/pusher-load-mesos.test.ts`, name: 'tasks are in flight at once, each launched once' },
    ],
  },
  {
    what: 'Two pushers compete: the one that lost the destination records nothing',
    local: [
      { file: `${PUSHER}/pusher-crash.test.ts`, name: 'two pushers compete while one after the other is killed' },
    ],
    kubernetes: [protocol('a pusher that comes back after another took its destination records nothing')],
    aws_batch: [protocol('a pusher that comes back after another took its destination records nothing')],
    mesos: [faults('a framework that another scheduler takes is left to it')],
  },
  {
    what: 'Two destinations of one kind: the broken one does not hold up the other',
    ...each((kind) => [
      kind === 'local' ? reload('one that cannot begin tells why, and the other of its kind goes on') : pair(kind),
    ]),
  },
  {
    what: 'The container’s report and the destination’s word race: the first stands, what follows happens once',
    ...each(() => [protocol('the first end that is written stands, and what follows from it happens once')]),
    local: [
      protocol('the first end that is written stands, and what follows from it happens once'),
      runTask('a report whose answer is lost counts once'),
    ],
  },
  {
    what: 'A retry is another job, submitted once the attempt before it has ended',
    ...each((kind) => [protocol('a retry is submitted only when the attempt before it has ended'), crash(kind)]),
  },
  {
    what: 'Names: long, of any script, with dots and capitals; great ids',
    ...each((kind) => [common(kind, 'names every attempt differently, whatever the task is called')]),
  },
  {
    what: 'The sweep ends what nobody tracks, and nothing of others',
    ...each((kind) => [
      common(kind, 'lists what exists and deletes what has ended, and only that'),
      common(kind, 'does not take a foreign job for its own'),
      ...(kind === 'aws_batch' ? [outage('aws-batch', 'a sweep tells jobs that bear our name')] : []),
    ]),
  },
];

/** The points by kind, each cell with the tests that show it; addresses as seen from docs. */
export function conformanceTable(): string {
  const rows = POINTS.map((point, index) => [
    String(index + 1),
    point.what,
    ...KINDS.map((kind) => point[kind].map(({ file, name }) => `[${shortened(name)}](../${file})`).join('; ')),
  ]);
  return table(['', 'Point', '`local`', '`kubernetes`', '`aws_batch`', '`mesos`'], rows);
}

function shortened(name: string): string {
  const plain = name.replace(/^'|'/g, '').replace('%s', '…');
  return plain.length > 60 ? `${plain.slice(0, plain.lastIndexOf(' ', 58))} …` : plain;
}
