import { seededRandom, type Random } from './random.js';

/** How often each comes, in proportion. */
const WEIGHTS = {
  kill: 6,
  stop: 4,
  term: 4,
  'database-restart': 1,
  'database-crash': 1,
  'database-terminate': 2,
  'database-hold': 3,
  'database-exhaust': 1,
  'network-delay': 2,
  'network-reset': 3,
  'network-half-open': 2,
  'network-silence': 2,
  'network-mute': 4,
} as const;

export type FaultKind = keyof typeof WEIGHTS;
export const FAULT_KINDS = Object.keys(WEIGHTS) as FaultKind[];

/** What a foreign transaction locks while it sits idle. */
export const HELD = ['records', 'leases', 'runs', 'schedules', 'seat', 'limits', 'snapshot'] as const;

export interface Fault {
  /** Milliseconds after the start. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** A process, a connection, or what of the database. */
  readonly victim: string;
  /** How long it lasts, in milliseconds; 0 for what is over at once. */
  readonly lastsMs: number;
}

export interface Victims {
  readonly processes: readonly string[];
  readonly links: readonly string[];
}

export interface FaultPlan {
  readonly seed: number;
  readonly forMs: number;
  readonly everyMs: number;
  /** Stops last longer than this. */
  readonly leaseMs: number;
  readonly kinds: readonly FaultKind[];
}

/** The schedule of faults: decided by its arguments alone, before anything runs. Each kind comes once before any comes again. */
export function planFaults({ seed, forMs, everyMs, leaseMs, kinds }: FaultPlan, victims: Victims): Fault[] {
  const random = seededRandom(seed, 'faults');
  const weights = Object.fromEntries(kinds.map((kind) => [kind, WEIGHTS[kind]])) as Record<FaultKind, number>;
  const first = new Set(kinds);
  const faults: Fault[] = [];
  for (let atMs = everyMs; atMs < forMs; atMs += everyMs * (0.5 + random.next())) {
    const kind = first.size > 0 ? random.pick([...first]) : random.weighted(weights);
    first.delete(kind);
    faults.push({
      atMs: Math.round(atMs),
      kind,
      victim: victimOf(kind, victims, random),
      lastsMs: lastsMs(kind, leaseMs, random),
    });
  }
  return faults;
}

function victimOf(kind: FaultKind, { processes, links }: Victims, random: Random): string {
  switch (kind) {
    case 'kill':
    case 'stop':
    case 'term':
      return random.pick(processes);
    case 'network-delay':
    case 'network-reset':
    case 'network-half-open':
    case 'network-silence':
    case 'network-mute':
      return random.pick(links);
    case 'database-hold':
      return random.pick(HELD);
    case 'database-terminate':
      return `${random.pick([20, 50, 100])}%`;
    default:
      return 'database';
  }
}

function lastsMs(kind: FaultKind, leaseMs: number, random: Random): number {
  switch (kind) {
    case 'stop':
      return leaseMs + random.int(500, 4000);
    case 'database-restart':
    case 'database-crash':
      return random.int(0, 3000);
    case 'database-hold':
      return random.int(2000, 8000);
    case 'database-exhaust':
      return random.int(2000, 5000);
    case 'network-delay':
      return random.int(2000, 6000);
    case 'network-silence':
      return random.int(1000, 2 * leaseMs);
    case 'network-mute':
      return random.int(200, 3000);
    default:
      return 0;
  }
}
