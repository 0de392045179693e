import { appendClaimedLines, beatPushedJob, claimPushedJob, JOB_BEAT_MS, reportPushedJob } from '@taskflow/engine';
import type { JobServiceService } from '@taskflow/proto/taskflow/v1/jobs.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { writeDuration } from '../message/duration.js';
import { readJobClaim, readJobLines, readJobReport } from '../message/job.js';
import { writeLease } from '../message/worker.js';

export function jobHandlers(api: ApiContext): Handlers<typeof JobServiceService> {
  return {
    async claimJob({ claim }, call) {
      const lease = await claimPushedJob(api.ctx(call), readJobClaim(claim));
      return { lease: writeLease(lease), heartbeatInterval: writeDuration(JOB_BEAT_MS) };
    },
    async beatJob({ claim }, call) {
      const { order, reason = '' } = await beatPushedJob(api.ctx(call), readJobClaim(claim));
      return { order, reason };
    },
    async appendJobLogs({ claim, lines }, call) {
      const { seq } = await appendClaimedLines(api.ctx(call), readJobClaim(claim), readJobLines(lines));
      return { seq: BigInt(seq) };
    },
    async reportJob({ claim, completion }, call) {
      return { result: await reportPushedJob(api.ctx(call), readJobClaim(claim), readJobReport(completion)) };
    },
  };
}
