import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '@taskflow/domain';
import { freePorts } from '../harness/free-ports.js';
import type { ServiceName } from '../harness/service-process.js';
import { openLink, type Link } from '../harness/link.js';
import { createMember, type Member, type MemberOptions } from './member.js';
import type { ChaosOptions } from './options.js';
import type { Place } from './place.js';
import type { ChaosServer } from './server.js';
import { seededRandom } from './random.js';
import { makeTokens, newAdminToken, type Tokens } from './tokens.js';

/** Every process and every connection of a run. */
export interface Population {
  readonly members: ReadonlyMap<string, Member>;
  readonly links: ReadonlyMap<string, Link>;
  /** Where the load connects to: like a balancer, another api for each connection. */
  readonly address: string;
  /** What pushed jobs write, one line for each that runs. */
  readonly pushJournal: string;
  /** Resolves with the tokens of the run when every process has started. */
  start(): Promise<Tokens>;
  /** Ends everything; resolves when it has ended. Safe to call twice. */
  stop(): Promise<void>;
}

/** Workers are given little, so that some runs are cut short; a service may have to wait for a silent database. */
const SHUTDOWN_MS = { worker: 5000, service: 30_000 };
const TASKS = join(import.meta.dirname, 'tasks.ts');
const OUTSIDE_TASKS = join(import.meta.dirname, 'outside-tasks.ts');
const IN_ORDER: readonly ServiceName[] = ['worker', 'pusher', 'scheduler', 'api'];

/** Names of the processes and of the connections between them; fixed by the options, so that a plan can name them. */
export function namesOf({ apis, schedulers, pushers, workers, outside: places }: ChaosOptions): {
  readonly processes: string[];
  readonly links: string[];
} {
  const named = (service: ServiceName, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${service}-${index + 1}`);
  const inside = [...named('api', apis), ...named('scheduler', schedulers), ...named('pusher', pushers)];
  const outside = named('worker', workers);
  return {
    processes: [...inside, ...outside],
    links: [
      ...inside.map((name) => `${name}>database`),
      ...[...outside, 'load'].map((name) => `${name}>api`),
      ...places.map((kind) => `pushers>${kind}`),
    ],
  };
}

export async function createPopulation(
  options: ChaosOptions,
  server: ChaosServer,
  places: readonly Place[],
  watch: Pick<MemberOptions, 'onLine' | 'onMisdeed'>,
): Promise<Population> {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-chaos-push-'));
  const names = namesOf(options);
  const ports = await freePorts(options.apis * 2);
  const grpcPort = (api: number): string => String(ports[api * 2] ?? 0);
  let turn = 0;
  const nextApi = (): number => Number(grpcPort((turn += 1) % options.apis));

  const links = new Map<string, Link>();
  for (const name of names.links) {
    const place = places.find(({ kind }) => name === `pushers>${kind}`);
    const target = name.endsWith('>database') ? () => server.port : nextApi;
    links.set(name, await openLink(name, place === undefined ? target : () => place.port));
  }
  const through = (name: string): number => links.get(name)?.port ?? 0;
  const destinations = join(folder, 'destinations.yaml');
  writeFileSync(destinations, JSON.stringify({ destinations: destinationsOf(places, through, folder) }));
  const adminToken = newAdminToken();
  let workerToken = '';
  const common = {
    TASKFLOW_LOG_LEVEL: 'info',
    TASKFLOW_SHUTDOWN_TIMEOUT: formatDuration(SHUTDOWN_MS.service),
    TASKFLOW_LEASE_TTL: formatDuration(options.leaseTtlMs),
    TASKFLOW_DATABASE_POOL_SIZE: '5',
    TASKFLOW_DESTINATIONS: destinations,
  };
  const environmentOf = (name: string, service: ServiceName, index: number): Record<string, string> => {
    if (service === 'worker') {
      return {
        ...common,
        TASKFLOW_API_ADDRESS: `127.0.0.1:${through(`${name}>api`)}`,
        TASKFLOW_SHUTDOWN_TIMEOUT: formatDuration(SHUTDOWN_MS.worker),
        TASKFLOW_TOKEN: workerToken,
        TASKFLOW_WORKER_NAME: name,
        TASKFLOW_WORKER_SLOTS: '6',
      };
    }
    const url = new URL(server.url);
    url.port = String(through(`${name}>database`));
    const own = service === 'api' ? [grpcPort(index), String(ports[index * 2 + 1] ?? 0)] : ['0', '0'];
    return {
      ...common,
      TASKFLOW_DATABASE_URL: url.href,
      TASKFLOW_AUTH: 'tokens',
      TASKFLOW_ADMIN_TOKEN: adminToken,
      TASKFLOW_GRPC_PORT: own[0] ?? '0',
      TASKFLOW_HTTP_PORT: own[1] ?? '0',
      // Of two, one is told nothing by the database and finds everything by looking.
      TASKFLOW_DATABASE_LISTEN: index === 1 ? 'off' : 'on',
      ...(service === 'pusher' ? Object.assign({}, ...places.map(({ environment }) => environment)) : {}),
    };
  };
  const loaded = ['--load', TASKS, ...(places.length > 0 ? ['--load', OUTSIDE_TASKS] : [])];
  const members = new Map<string, Member>();
  for (const name of names.processes) {
    const [service, number] = name.split('-') as [ServiceName, string];
    const args = service === 'worker' ? loaded : [];
    const environment = () => environmentOf(name, service, Number(number) - 1);
    const random = seededRandom(options.seed, `restart ${name}`);
    const shutdownMs = service === 'worker' ? SHUTDOWN_MS.worker : SHUTDOWN_MS.service;
    members.set(name, createMember({ name, service, environment, args, random, ...watch }, shutdownMs));
  }
  let stopped: Promise<void> | undefined;
  const address = `127.0.0.1:${through('load>api')}`;
  const startAll = (chosen: (member: Member) => boolean): Promise<unknown> =>
    Promise.all([...members.values()].filter(chosen).map((member) => member.start()));
  return {
    members,
    links,
    address,
    pushJournal: join(folder, 'journal'),
    async start() {
      await startAll(({ service }) => service !== 'worker');
      const tokens = await makeTokens(address, adminToken);
      workerToken = tokens.worker;
      await startAll(({ service }) => service === 'worker');
      return tokens;
    },
    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    for (const service of IN_ORDER) {
      const group = [...members.values()].filter((member) => member.service === service);
      await Promise.all(group.map((member) => member.retire()));
    }
    await Promise.all([...links.values()].map((link) => link.close()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** Short times, so that a run of minutes sees them pass. YAML takes JSON as it is. */
function destinationsOf(places: readonly Place[], through: (name: string) => number, folder: string): object[] {
  const common = { lease: '3s', lost_timeout: '20s', submit_timeout: '5s', ambiguity_window: '6s' };
  return [
    { name: 'here', kind: 'local', sync_interval: '200ms', ...common },
    ...places.map(({ kind, settings }) => {
      return { name: kind, kind, sync_interval: '500ms', ...common, ...settings(through(`pushers>${kind}`), folder) };
    }),
  ];
}
