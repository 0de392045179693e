import { readDuration } from '@taskflow/domain';
import { z } from 'zod';

const text = z.string('wanted text').min(1, 'wanted text');
const name = text.regex(/^[A-Za-z0-9][\w.-]{0,199}$/, 'wanted letters, digits, ".", "_" or "-"');

const duration = (fallback: string) =>
  z
    .unknown()
    .default(fallback)
    .transform((value, context) => {
      const ms = typeof value === 'string' ? readDuration(value) : undefined;
      if (ms !== undefined) return ms;
      context.addIssue({ code: 'custom', message: 'wanted a duration such as 500ms, 30s, 5m, 2h' });
      return z.NEVER;
    });

const common = {
  name,
  paused: z.boolean('wanted true or false').default(false),
  link: text.optional(),
  api: text.regex(/^[^\s:/]+:\d{1,5}$/, 'wanted host:port').optional(),
  max_in_flight: z
    .int('wanted an integer from 1 to 100000')
    .min(1, 'wanted an integer from 1 to 100000')
    .max(100_000, 'wanted an integer from 1 to 100000')
    .default(100),
  lease: duration('6s').refine((ms) => ms >= 500, 'wanted at least 500ms'),
  submit_timeout: duration('30s'),
  lost_timeout: duration('5m'),
  start_timeout: duration('0s'),
  cancel_timeout: duration('3m'),
  ambiguity_window: duration('60s'),
  sweep_interval: duration('60s'),
  keep_finished: duration('24h'),
};

const localSchema = z.strictObject({
  ...common,
  kind: z.literal('local'),
  directory: text.optional(),
  grace: duration('10s'),
  sync_interval: duration('500ms').refine((ms) => ms >= 10, 'wanted at least 10ms'),
});

const RATE = 'wanted calls a second, from 0.1 to 1000';
const rate = (fallback: number) => z.number(RATE).min(0.1, RATE).max(1000, RATE).default(fallback);
const rates = (submit: number, other: number) =>
  z.strictObject({ submit: rate(submit), read: rate(other), stop: rate(other), log: rate(other) }).prefault({});

/** What every destination has, durations in milliseconds. */
export type DestinationSettings = Omit<z.infer<typeof localSchema>, 'kind' | 'directory' | 'grace'>;

const awsBatchSchema = z.strictObject({
  ...common,
  kind: z.literal('aws_batch'),
  region: text,
  queue: text.optional(),
  job_definition: text.optional(),
  profile: text.optional(),
  endpoint: z.url('wanted an address').optional(),
  logs_endpoint: z.url('wanted an address').optional(),
  rates: rates(20, 5),
  sync_interval: duration('10s').refine((ms) => ms >= 10, 'wanted at least 10ms'),
});

const kubernetesSchema = z.strictObject({
  ...common,
  kind: z.literal('kubernetes'),
  kubeconfig: text.optional(),
  context: text.optional(),
  namespace: text.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'wanted the name of a namespace').default('default'),
  rates: rates(20, 20),
  pod_template: z.record(z.string(), z.json(), 'wanted an object').default({}),
  sync_interval: duration('1s').refine((ms) => ms >= 10, 'wanted at least 10ms'),
});

const mesosSchema = z.strictObject({
  ...common,
  kind: z.literal('mesos'),
  masters: z.array(z.url('wanted an address'), 'wanted a list of addresses').min(1, 'wanted at least one address'),
  user: text,
  roles: z.array(text, 'wanted a list of names').min(1, 'wanted at least one').default(['*']),
  principal: text.optional(),
  secret_file: text.optional(),
  reset_framework: z.boolean('wanted true or false').default(false),
  sync_interval: duration('500ms').refine((ms) => ms >= 10, 'wanted at least 10ms'),
});

const KINDS = 'wanted a destination of kind local, kubernetes, aws_batch or mesos';

export const destinationSchema = z.discriminatedUnion(
  'kind',
  [localSchema, kubernetesSchema, awsBatchSchema, mesosSchema],
  { error: KINDS },
);
