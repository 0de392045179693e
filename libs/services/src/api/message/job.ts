import { fieldViolation, InvalidInput } from '@taskflow/domain';
import type { JobClaim, JobReport } from '@taskflow/engine';
import type * as wire from '@taskflow/proto/taskflow/v1/jobs.js';
import type { Completion, WorkerLogLine } from '@taskflow/proto/taskflow/v1/workers.js';
import { readCompletion, readLogBatch } from './worker.js';

// Lines and reports are read as those of workers; their leases are not.
const ANY_LEASE = { id: '1', attempt: 1, leaseId: '1' };

export function readJobClaim(claim: wire.JobClaim | undefined): JobClaim {
  if (claim === undefined) throw InvalidInput.of('the call', [fieldViolation('claim', undefined, 'a claim')]);
  return claim;
}

export function readJobLines(lines: WorkerLogLine[]): ReturnType<typeof readLogBatch>['lines'] {
  return readLogBatch({ ref: ANY_LEASE, lines }).lines;
}

export function readJobReport(completion: Completion | undefined): JobReport {
  if (completion === undefined)
    throw InvalidInput.of('the report', [fieldViolation('completion', undefined, 'how the attempt ended')]);
  const { ref: _ref, ...report } = readCompletion({ ...completion, ref: ANY_LEASE });
  return report;
}
