import { parseArgs } from 'node:util';
import { FURTHER_PEERS, PEERS, type Peer } from './peer/open.ts';

export const SCENARIOS = [
  'drain',
  'submit',
  'pickup',
  'chain',
  'fanout',
  'backlog',
  'sustain',
  'idle',
  'cost',
  'schedules',
  'graph',
  'workers',
  'replicas',
  'start',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface Options {
  readonly only: readonly ScenarioName[];
  readonly peers: readonly Peer[];
  readonly repeat: number;
  readonly quick: boolean;
  /** Of the steady load; the default of the sizes when absent. */
  readonly seconds: number | undefined;
  readonly json: boolean;
}

const HELP = `npm run bench -- [options]
  --only LIST    of ${SCENARIOS.join(', ')}; default all
  --peers LIST   of ${PEERS.join(', ')} (the default),
                 ${FURTHER_PEERS.join(', ')} (from PyPI and the Go proxy; both Celerys: celery), or none
  --repeat N     repetitions; default 3
  --seconds N    how long the steady load of sustain lasts; default 60
  --quick        small populations, one repetition: shows that it works, not how fast
  --json         the result as JSON on stdout`;

/** @throws Error that tells what may be given */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      repeat: { type: 'string' },
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const repeat = Number(values.repeat ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(repeat) || repeat < 1)
    throw new Error(`--repeat: ${values.repeat} is not a number from 1.\n${HELP}`);
  return {
    only: listed('--only', values.only, SCENARIOS),
    peers: peersOf(values.peers),
    repeat,
    quick: values.quick,
    seconds: values.seconds === undefined ? undefined : Number(values.seconds),
    json: values.json,
  };
}

function peersOf(given: string | undefined): readonly Peer[] {
  if (given === undefined) return PEERS;
  if (given === 'none') return [];
  const named = given.replace(/\bcelery\b(?!-)/, 'celery-rabbitmq,celery-redis');
  return listed('--peers', named, [...PEERS, ...FURTHER_PEERS]);
}

function listed<T extends string>(option: string, given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known;
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0) throw new Error(`${option}: ${unknown.join(', ')} is not one of ${known.join(', ')}.`);
  return known.filter((name) => names.includes(name));
}
