import { systemClock } from '@taskflow/domain';
import { JobServiceService, type BeatJobResponse, type ClaimJobResponse } from '@taskflow/proto/taskflow/v1/jobs.js';
import type { Completion, LogBatch } from '@taskflow/proto/taskflow/v1/workers.js';
import { createClient, openChannel } from '@taskflow/rpc/client';
import { retryUnavailable } from '../client/retry-unavailable.js';
import type { JobAccess } from './container.js';

const CALL_MS = 10_000;

/** The api as the container of one job calls it. What can be repeated is, while the api is away. */
export interface JobLink {
  claim(forMs: number, signal: AbortSignal): Promise<ClaimJobResponse>;
  /** One call. */
  beat(): Promise<BeatJobResponse>;
  /** One call; gives the last number that is stored. */
  sendLogs(batch: LogBatch): Promise<bigint>;
  report(completion: Completion, forMs: number): Promise<string>;
  close(): void;
}

export function openJobLink({ address, token, container }: JobAccess): JobLink {
  const channel = openChannel(address);
  const jobs = createClient(JobServiceService, channel);
  const claim = { token, container };
  const options = { timeoutMs: CALL_MS };
  const never = new AbortController().signal;
  return {
    claim: (forMs, signal) =>
      retryUnavailable(() => jobs.claimJob({ claim }, { ...options, signal }), systemClock, forMs, signal),
    beat: () => jobs.beatJob({ claim }, options),
    sendLogs: async ({ lines }) => (await jobs.appendJobLogs({ claim, lines }, options)).seq,
    report: async (completion, forMs) => {
      const report = () => jobs.reportJob({ claim, completion }, options);
      return (await retryUnavailable(report, systemClock, forMs, never)).result;
    },
    close: () => channel.close(),
  };
}
