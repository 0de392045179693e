import { InvalidInput, fieldViolation, parseId } from '@taskflow/domain';
import type {
  CompletionAck,
  CompletionInput,
  LeasedTask,
  LogAck,
  LogBatchInput,
  OpenSessionInput,
} from '@taskflow/engine';
import type { LeaseRef } from '@taskflow/store';
import type * as wire from '@taskflow/proto/taskflow/v1/workers.js';
import { version } from '@taskflow/runtime';
import { writeDuration } from './duration.js';

// A message well below what any client refuses, also when a lease's params are as large as they may be.
const MOST_BYTES = 1024 * 1024;
const MOST_LEASES = 500;
const OUTCOMES = ['success', 'failed', 'cancelled', 'timeout'] as const;
const STREAMS = ['stdout', 'stderr', 'system'] as const;
const LONGEST_LINE = 64 * 1024;

export function readHello(hello: wire.Hello): Omit<OpenSessionInput, 'api'> {
  return { ...hello, held: hello.held.map((ref, index) => readLeaseRef(ref, `hello.held[${index}]`)) };
}

export function writeWelcome(
  sessionId: string,
  opened: { readonly lost: readonly LeaseRef[]; readonly leaseTtlMs: number; readonly heartbeatMs: number },
): wire.Welcome {
  return {
    sessionId,
    leaseTtl: writeDuration(opened.leaseTtlMs),
    heartbeatInterval: writeDuration(opened.heartbeatMs),
    serverVersion: version,
    lost: [...opened.lost],
  };
}

export function readLeaseRef(ref: wire.LeaseRef | undefined, field: string): LeaseRef {
  if (ref === undefined) throw InvalidInput.of('the lease', [fieldViolation(field, undefined, 'a lease')]);
  parseId(ref.id, `${field}.id`);
  parseId(ref.leaseId, `${field}.lease_id`);
  return ref;
}

export function readCompletion(completion: wire.Completion): CompletionInput {
  const ref = readLeaseRef(completion.ref, 'completion.ref');
  const outcome = OUTCOMES.find((each) => each === completion.outcome);
  if (outcome === undefined) {
    throw InvalidInput.of(`the completion of task instance ${ref.id}`, [
      fieldViolation('completion.outcome', completion.outcome, OUTCOMES.join(', ')),
    ]);
  }
  const { outputJson, reason, message, exitCode, retryable, traceParent } = completion;
  return { ref, outcome, outputJson, reason, message, exitCode, retryable, traceParent };
}

export function writeAck(ack: CompletionAck): wire.CompletionAck {
  return { ref: ack.ref, result: ack.result, message: ack.message ?? '' };
}

export function writeLogAck({ ref, seq }: LogAck): wire.LogAck {
  return { ref, seq: BigInt(seq) };
}

export function readLogBatch(batch: wire.LogBatch): LogBatchInput {
  const ref = readLeaseRef(batch.ref, 'logs.ref');
  const lines = batch.lines.map(({ seq, stream, at, line }, index) => {
    const known = STREAMS.find((each) => each === stream);
    if (known === undefined) {
      throw InvalidInput.of('the log line', [
        fieldViolation(`logs.lines[${index}].stream`, stream, STREAMS.join(', ')),
      ]);
    }
    if (at === undefined || Number.isNaN(at.getTime())) {
      throw InvalidInput.of('the log line', [fieldViolation(`logs.lines[${index}].at`, at, 'a moment')]);
    }
    if (line.length > LONGEST_LINE) {
      throw InvalidInput.of('the log line', [fieldViolation(`logs.lines[${index}].line`, line, 'at most 16 KiB')]);
    }
    return { seq: String(seq), stream: known, at, line };
  });
  return { ref, lines };
}

/** The leases in as many messages as their size asks for. */
export function writeLeases(leases: readonly LeasedTask[]): wire.Leases[] {
  const messages: wire.Leases[] = [];
  let current: wire.Lease[] = [];
  let bytes = 0;
  for (const lease of leases.map(writeLease)) {
    const size = lease.paramsJson.length + lease.inputsJson.length + lease.runJson.length;
    if (current.length === MOST_LEASES || (current.length > 0 && bytes + size > MOST_BYTES)) {
      messages.push({ leases: current });
      current = [];
      bytes = 0;
    }
    current.push(lease);
    bytes += size;
  }
  if (current.length > 0) messages.push({ leases: current });
  return messages;
}

export function writeLease(lease: LeasedTask): wire.Lease {
  return {
    ref: lease.ref,
    task: lease.task,
    versionId: lease.versionId,
    workflow: lease.workflow ?? '',
    workflowInstanceId: lease.workflowInstanceId ?? '',
    nodeKey: lease.nodeKey ?? '',
    handler: lease.handler,
    runJson: lease.runJson,
    paramsJson: lease.paramsJson,
    inputsJson: lease.inputsJson,
    timeout: lease.timeoutMs === undefined ? undefined : writeDuration(lease.timeoutMs),
    maxAttempts: lease.maxAttempts,
    traceParent: lease.traceParent ?? '',
    traceState: lease.traceState ?? '',
    scheduledFor: lease.scheduledFor,
    priority: lease.priority,
  };
}
