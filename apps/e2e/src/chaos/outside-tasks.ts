import { task } from '@taskflow/sdk';

// Pushed tasks for destinations outside, each of which is named for its kind. As those of tasks.ts, with other names.

const infraRetries = 1000;
const text = { type: 'string' } as const;
const params = { type: 'object', properties: { tag: text, journal: text }, required: ['journal'] } as const;
const RAN = 'echo "$TASKFLOW_TASK_INSTANCE_ID" >> "$TASKFLOW_PARAM_JOURNAL"';

const pushedTo = (kind: string) => ({
  good: task({
    name: `pushed-${kind}`,
    infraRetries,
    retries: 0,
    params,
    pushDestination: kind,
    bash: `${RAN}; sleep 0.3`,
  }),
  doomed: task({
    name: `pushed-doomed-${kind}`,
    infraRetries,
    retries: 1,
    retryDelay: '200ms',
    params,
    pushDestination: kind,
    bash: `${RAN}; exit 3`,
  }),
  endless: task({
    name: `pushed-endless-${kind}`,
    infraRetries,
    params,
    pushDestination: kind,
    bash: `${RAN}; sleep 600 & wait`,
  }),
});

export const { good: pushedKubernetes, doomed: doomedKubernetes, endless: endlessKubernetes } = pushedTo('kubernetes');
export const { good: pushedBatch, doomed: doomedBatch, endless: endlessBatch } = pushedTo('aws_batch');
export const { good: pushedMesos, doomed: doomedMesos, endless: endlessMesos } = pushedTo('mesos');
