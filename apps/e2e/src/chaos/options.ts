import { parseArgs } from 'node:util';
import { formatDuration, InvalidInput, fieldViolation, readDuration } from '@taskflow/domain';
import { OUTSIDE, type Outside } from './place.js';
import { FAULT_KINDS, type FaultKind } from './plan-faults.js';

export interface ChaosOptions {
  /** How long load and faults last; draining comes on top. */
  readonly minutes: number;
  /** Decides the faults and the load. */
  readonly seed: number;
  readonly apis: number;
  readonly schedulers: number;
  readonly pushers: number;
  readonly workers: number;
  /** Submissions a second, on average. */
  readonly rate: number;
  /** Seconds between faults, on average. */
  readonly every: number;
  readonly leaseTtlMs: number;
  /** Longest time for everything to end after the load. */
  readonly drainSeconds: number;
  readonly kinds: readonly FaultKind[];
  /** Destinations beside the local one. */
  readonly outside: readonly Outside[];
  /** Files that get the report; none when empty. */
  readonly json: string;
  readonly markdown: string;
}

const DEFAULTS = {
  minutes: '10',
  seed: '1',
  apis: '2',
  schedulers: '2',
  pushers: '1',
  workers: '4',
  rate: '6',
  every: '4',
  'lease-ttl': '5s',
  drain: '600',
  faults: '',
  destinations: 'local',
  json: '',
  markdown: '',
};

const PLACES: readonly string[] = ['local', ...OUTSIDE];

export const USAGE = `npm run chaos -- [options]

  --minutes N      load and faults last this long (${DEFAULTS.minutes})
  --seed S         a whole number: decides the schedule of faults and the load (${DEFAULTS.seed})
  --apis N --schedulers N --pushers N --workers N
                   separate processes of each (${DEFAULTS.apis}, ${DEFAULTS.schedulers}, ${DEFAULTS.pushers}, ${DEFAULTS.workers})
  --rate N         submissions a second (${DEFAULTS.rate})
  --every N        seconds between two faults, on average (${DEFAULTS.every})
  --lease-ttl D    TASKFLOW_LEASE_TTL of the run (${DEFAULTS['lease-ttl']})
  --drain N        seconds in which everything must have ended after the load (${DEFAULTS.drain})
  --faults A,B     only these kinds, of: ${FAULT_KINDS.join(', ')}
  --destinations A,B
                   where tasks are pushed to, of: ${PLACES.join(', ')} (${DEFAULTS.destinations}); the others need
                   their rigs, see docs/push.md
  --json FILE      the report with every fault, as JSON
  --markdown FILE  the report for people
`;

/** @throws InvalidInput naming each bad option */
export function readOptions(args: readonly string[]): ChaosOptions {
  const names = Object.keys(DEFAULTS);
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const given = { ...DEFAULTS, ...values } as typeof DEFAULTS;
  const violations: ReturnType<typeof fieldViolation>[] = [];
  const refuse = (field: keyof typeof DEFAULTS, wanted: string): void => {
    violations.push(fieldViolation(`--${field}`, given[field], wanted));
  };
  const number = (field: keyof typeof DEFAULTS, min: number, whole = true): number => {
    const value = Number(given[field]);
    const good = given[field].trim() !== '' && value >= min && (!whole || Number.isInteger(value));
    if (!good) refuse(field, `${whole ? 'a whole number' : 'a number'} of at least ${min}`);
    return value;
  };
  const leaseTtlMs = readDuration(given['lease-ttl']) ?? 0;
  if (leaseTtlMs < 1000) refuse('lease-ttl', `a duration of at least ${formatDuration(1000)}`);
  const kinds = FAULT_KINDS.filter((kind) => given.faults === '' || given.faults.split(',').includes(kind));
  if (given.faults !== '' && kinds.length !== given.faults.split(',').length) refuse('faults', FAULT_KINDS.join(', '));
  const places = given.destinations.split(',');
  if (!places.every((place) => PLACES.includes(place))) refuse('destinations', PLACES.join(', '));
  const read: ChaosOptions = {
    minutes: number('minutes', 0.1, false),
    seed: number('seed', 0),
    apis: number('apis', 1),
    schedulers: number('schedulers', 1),
    pushers: number('pushers', 1),
    workers: number('workers', 1),
    rate: number('rate', 0.1, false),
    every: number('every', 0.1, false),
    drainSeconds: number('drain', 1),
    leaseTtlMs,
    kinds,
    outside: OUTSIDE.filter((kind) => places.includes(kind)),
    json: given.json,
    markdown: given.markdown,
  };
  if (violations.length > 0) throw InvalidInput.of('the chaos run', violations);
  return read;
}
