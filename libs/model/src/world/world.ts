import { trace } from '@opentelemetry/api';
import { createRunMemory, silentWake, type Ctx, type SubmissionInput } from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { ensureSeat, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import type { KnownLease, PendingCall, Process, Request, Scheduler, Worker } from './actors.js';
import type { Backend } from './backend.js';
import { Call, type Fate, type Meter } from './call.js';
import type { Scenario } from './scenario.js';

/** Something that must never be. */
export class Violation extends Error {}

/** A claim that takes so long makes later ones begin further on in the queue. */
const SLOW_MS = 40;

const logger = silentLogger();
const tracer = trace.getTracer('model');
const signal = new AbortController().signal;

/** Called after every unit of work, with the term under which it was done, if by a scheduler. */
export type Watch = (world: World, term: string | undefined) => void;

/** Everybody who works on one database, and what they know. */
export class World {
  readonly meter: Meter = { statements: 0 };
  readonly apis: readonly Process[];
  readonly schedulers: readonly Scheduler[];
  readonly workers: Worker[];
  readonly requests: Request[] = [];
  /** Instances by the order in which their submission was answered. */
  readonly tasks: { readonly id: string; readonly label: string }[] = [];
  readonly runs: { readonly id: string; readonly label: string }[] = [];
  readonly known: KnownLease[] = [];
  /** Milliseconds since the beginning. */
  elapsed = 0;

  readonly backend: Backend;
  readonly scenario: Scenario;
  readonly #watch: Watch;
  #units = 0;

  constructor(backend: Backend, scenario: Scenario, watch: Watch = () => undefined) {
    this.backend = backend;
    this.scenario = scenario;
    this.#watch = watch;
    this.apis = ['api-1', 'api-2'].map((name) => ({ name, db: backend.connect(), pending: [] }));
    this.schedulers = ['s1', 's2'].map((name) => ({
      name,
      db: backend.connect(),
      pending: [],
      term: undefined,
      memory: createRunMemory(),
    }));
    this.workers = ['a', 'b', 'c'].map((name) => ({ name, start: 1, session: undefined, held: [] }));
  }

  async open(): Promise<void> {
    await ensureSeat(this.backend.connect(), SCHEDULER_SEAT);
  }

  context(db: Db, actor: string): Ctx {
    const clock = { now: () => new Date(0), monotonicMs: () => this.elapsed };
    return { db, clock, logger, tracer, wake: silentWake, actor, signal };
  }

  async pass(ms: number): Promise<void> {
    this.elapsed += ms;
    await this.backend.advance(ms);
  }

  /** Lets one unit of a call come to its fate. It takes a millisecond of database time; each fifth one is slow. */
  async unit(pending: Pick<PendingCall, 'call' | 'term'>, fate: Fate = 'done'): Promise<void> {
    this.#units += 1;
    await this.pass(this.#units % 5 === 0 ? SLOW_MS : 1);
    await pending.call.step(fate);
    this.#watch(this, pending.term);
  }

  /** Begins a verb in a process. */
  async begin<T>(
    process: Process,
    title: string,
    verb: (ctx: Ctx) => Promise<T>,
    answered: (value: T) => string,
    more: { readonly term?: string | undefined; readonly failed?: (error: unknown) => string } = {},
  ): Promise<PendingCall> {
    const call = await Call.begin(process.db, this.meter, (db) => verb(this.context(db, process.name)));
    const { term, failed = () => '' } = more;
    return {
      title,
      call: call as Call<unknown>,
      term,
      answered: (value) => answered(value as T),
      failed,
    };
  }

  /** The process is gone, with all that it had in memory. */
  kill(process: Process): void {
    process.pending = [];
    process.db = this.backend.connect();
    if (isScheduler(process)) {
      process.term = undefined;
      process.memory = createRunMemory();
    }
  }

  /** Whoever waits for an answer of the database gets none. */
  async breakConnections(): Promise<void> {
    for (const process of [...this.apis, ...this.schedulers]) {
      for (const pending of process.pending) {
        if (pending.call.outcome === undefined) await this.unit(pending, 'refused');
      }
    }
  }

  request(input: SubmissionInput): Request {
    const request = { id: `r${this.requests.length + 1}`, input, instance: undefined };
    this.requests.push(request);
    return request;
  }
}

export function isScheduler(process: Process): process is Scheduler {
  return 'memory' in process;
}
