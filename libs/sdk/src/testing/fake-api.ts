import { Server, ServerCredentials, status, type ServerDuplexStream } from '@grpc/grpc-js';
import { DefinitionServiceService, type DefinitionServiceServer } from '@taskflow/proto/taskflow/v1/definitions.js';
import {
  WorkerServiceService,
  type Completion,
  type Hello,
  type Lease,
  type LeaseRef,
  type SessionRequest,
  type SessionResponse,
  type WorkerServiceServer,
} from '@taskflow/proto/taskflow/v1/workers.js';
import { durationMessage } from '../duration-message.js';

type Call = ServerDuplexStream<SessionRequest, SessionResponse>;

/** The worker protocol over real gRPC with a queue in memory; what the worker says is written down. */
export class FakeApi {
  address = '';
  leaseTtlMs = 2000;
  heartbeatMs = 200;
  /** While false, completions and log lines are taken in and not acknowledged. */
  acknowledge = true;
  /** While false, Drain does not stop leases: they were on their way already. */
  honourDrain = true;
  /** Leases of Hello.held that are answered as lost. */
  lost: (held: readonly LeaseRef[]) => LeaseRef[] = () => [];
  /** Sessions whose heartbeats are answered by LEASE_LOST. */
  readonly expired = new Set<string>();
  readonly hellos: Hello[] = [];
  readonly completions: Completion[] = [];
  readonly handedBack: LeaseRef[] = [];
  readonly lines: { id: string; seq: bigint; stream: string; line: string }[] = [];
  readonly beats: string[] = [];
  readonly applied: string[] = [];
  drains = 0;
  granted = 0;
  sent = 0;
  mostOutstanding = 0;
  sessions = 0;
  #server: Server | undefined;
  #calls = new Set<Call>();
  #queue: Lease[] = [];
  #credit = new Map<Call, number>();
  #watchers = new Set<() => void>();

  async start(): Promise<void> {
    const server = new Server();
    server.addService(WorkerServiceService, this.#workers());
    server.addService(DefinitionServiceService, this.#definitions());
    const port = await new Promise<number>((resolve, reject) => {
      const where = this.address || '127.0.0.1:0';
      server.bindAsync(where, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.address = `127.0.0.1:${port}`;
    this.#server = server;
  }

  /** As kill -9 does it. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#calls.clear();
    this.#credit.clear();
  }

  enqueue(lease: Partial<Lease> & { id: string }): LeaseRef {
    const { id, ...rest } = lease;
    const ref = { id, attempt: 1, leaseId: `lease-${id}` };
    this.#queue.push({
      ref,
      task: 'a-task',
      versionId: '1',
      workflow: '',
      workflowInstanceId: '',
      nodeKey: '',
      handler: 'a-task',
      runJson: '{}',
      paramsJson: '{}',
      inputsJson: '{}',
      maxAttempts: 1,
      traceParent: '',
      traceState: '',
      priority: 'normal',
      ...rest,
    });
    this.#deal();
    return ref;
  }

  bash(id: string, bash: string, run: object = {}, lease: Partial<Lease> = {}): LeaseRef {
    return this.enqueue({ id, handler: '@bash', runJson: JSON.stringify({ bash, ...run }), ...lease });
  }

  cancel(ref: LeaseRef, reason: string): void {
    for (const call of this.#calls)
      call.write({ message: { $case: 'cancels', value: { cancels: [{ ref, reason }] } } });
  }

  goAway(): void {
    for (const call of this.#calls) call.write({ message: { $case: 'goAway', value: { reason: 'stopping' } } });
  }

  cutStreams(): void {
    for (const call of this.#calls) call.emit('error', Object.assign(new Error('cut'), { code: status.UNAVAILABLE }));
  }

  completionOf(id: string): Completion | undefined {
    return this.completions.find((completion) => completion.ref?.id === id);
  }

  async completed(id: string): Promise<Completion> {
    await this.until(() => this.completionOf(id) !== undefined);
    return this.completionOf(id) as Completion;
  }

  linesOf(id: string, stream?: string): string[] {
    return this.lines
      .filter((line) => line.id === id && (stream ?? line.stream) === line.stream)
      .map(({ line }) => line);
  }

  /** Resolves when something that the worker said makes it true. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  #told(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }

  #deal(): void {
    for (const [call, credit] of this.#credit) {
      const leases = this.#queue.splice(0, credit);
      if (leases.length === 0) continue;
      this.#credit.set(call, credit - leases.length);
      this.sent += leases.length;
      this.mostOutstanding = Math.max(this.mostOutstanding, this.sent - this.completions.length);
      call.write({ message: { $case: 'leases', value: { leases } } });
    }
  }

  #workers(): WorkerServiceServer {
    return {
      session: (call) => {
        this.#calls.add(call);
        call.on('data', (request: SessionRequest) => this.#heard(call, request));
        call.on('end', () => call.end());
        for (const event of ['close', 'cancelled', 'error', 'end']) {
          call.on(event, () => {
            this.#calls.delete(call);
            this.#credit.delete(call);
          });
        }
      },
      heartbeat: (call, answer) => {
        this.beats.push(call.request.sessionId);
        if (this.expired.has(call.request.sessionId))
          answer({ code: status.ABORTED, details: 'the session has expired' });
        else answer(null, { leaseTtl: durationMessage(this.leaseTtlMs) });
        this.#told();
      },
      completeAndLease: (_call, answer) => answer({ code: status.UNIMPLEMENTED }),
    };
  }

  #heard(call: Call, { message }: SessionRequest): void {
    switch (message?.$case) {
      case 'hello':
        this.hellos.push(message.value);
        this.sessions += 1;
        this.#credit.set(call, 0);
        call.write({
          message: {
            $case: 'welcome',
            value: {
              sessionId: String(this.sessions),
              leaseTtl: durationMessage(this.leaseTtlMs),
              heartbeatInterval: durationMessage(this.heartbeatMs),
              serverVersion: 'fake',
              lost: this.lost(message.value.held),
            },
          },
        });
        break;
      case 'credit':
        this.granted += message.value.leases;
        this.#credit.set(call, (this.#credit.get(call) ?? 0) + message.value.leases);
        this.#deal();
        break;
      case 'completions': {
        this.completions.push(...message.value.completions);
        const acks = message.value.completions.map(({ ref }) => ({ ref, result: 'accepted', message: '' }));
        if (this.acknowledge) call.write({ message: { $case: 'acks', value: { acks } } });
        break;
      }
      case 'logs':
        for (const { ref, lines } of message.value.batches) {
          for (const { seq, stream, line } of lines) this.lines.push({ id: ref?.id ?? '', seq, stream, line });
          const acks = [{ ref, seq: lines.at(-1)?.seq ?? 0n }];
          if (this.acknowledge) call.write({ message: { $case: 'logAcks', value: { acks } } });
        }
        break;
      case 'handBack':
        this.handedBack.push(...message.value.leases);
        break;
      case 'drain':
        this.drains += 1;
        if (this.honourDrain) this.#credit.set(call, 0);
        break;
      case undefined:
        break;
    }
    this.#told();
  }

  #definitions(): DefinitionServiceServer {
    const refuse = { code: status.UNIMPLEMENTED };
    return {
      applyDefinitions: (call, answer) => {
        this.applied.push(...call.request.definitions.map(({ specJson }) => specJson));
        answer(null, { definitions: [] });
      },
      validateDefinitions: (_call, answer) => answer(refuse),
      getTask: (_call, answer) => answer(refuse),
      listTasks: (_call, answer) => answer(refuse),
      setTaskActive: (_call, answer) => answer(refuse),
      getWorkflow: (_call, answer) => answer(refuse),
      listWorkflows: (_call, answer) => answer(refuse),
      setWorkflowActive: (_call, answer) => answer(refuse),
    };
  }
}

/** A promise with its ends, to hold a handler where a test wants it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
