import { setTimeout as pause } from 'node:timers/promises';
import { isTaskflowError } from '@taskflow/domain';
import { withApi, type ApiOptions } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';

export const SAMPLE = 'hello';

const DEFINITION = {
  name: SAMPLE,
  title: 'Sample of `taskflow up`',
  description: 'Counts the files of a few folders at the same time, then sums them up. Plain Bash; runs each minute.',
  schedule: { cron: '* * * * *', overlap: 'skip' },
  tasks: [
    { key: 'greet', bash: 'echo "Hello, this is run $TASKFLOW_WORKFLOW_INSTANCE_ID"' },
    ...['bin', 'lib'].map((folder) => ({
      key: folder,
      depends_on: ['greet'],
      retries: 2,
      bash: `ls /usr/${folder} | wc -l | tee "$TASKFLOW_OUTPUT"`,
    })),
    {
      key: 'sum',
      depends_on: ['bin', 'lib'],
      params: { bin: '{{ tasks.bin.output }}', lib: '{{ tasks.lib.output }}' },
      bash: 'echo $((TASKFLOW_PARAM_BIN + TASKFLOW_PARAM_LIB)) | tee "$TASKFLOW_OUTPUT"',
    },
  ],
};

const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;

/** Registers the sample workflow, waiting for an api that has not reached its database yet. */
export async function registerSample(target: ApiOptions, signal: AbortSignal): Promise<void> {
  const definitions = [{ kind: 'workflow', specJson: JSON.stringify(DEFINITION) }];
  const deadline = performance.now() + PATIENCE_MS;
  await withApi(target, async (api) => {
    const client = await api.definitions();
    for (;;) {
      try {
        await client.applyDefinitions({ definitions }, CALL_LIMIT);
        return;
      } catch (error) {
        const again = isTaskflowError(error) && error.retryable && performance.now() < deadline;
        if (signal.aborted) return;
        if (!again) throw error;
      }
      await pause(PAUSE_MS);
    }
  });
}
