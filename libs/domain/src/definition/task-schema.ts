import { z } from 'zod';
import { DEFAULT_INFRA_RETRIES, DEFAULT_RETRY_DELAY_MS } from '../retry/retry-policy.js';
import {
  date,
  decimal,
  duration,
  flag,
  integer,
  jsonObject,
  list,
  name,
  positiveDuration,
  priority,
  sla,
  strict,
  text,
} from './field-schema.js';

const ADDRESS_WANTED = 'an address that begins with file:, http:, https: or a reference to one';
const REASON_WANTED = 'a reason in capitals, such as TIMEOUT or EXIT_CODE';
const VARIABLE_WANTED = 'a name of letters, digits and "_" that does not begin with a digit';
const LABEL_WANTED = 'a name of letters, digits, ".", "_", "-" or "/"';

const address = z.string(ADDRESS_WANTED).regex(/^(?:file:|https?:|\{\{).+$/, ADDRESS_WANTED);
const reason = z.string(REASON_WANTED).regex(/^[A-Z][A-Z0-9_]{0,99}$/, REASON_WANTED);
const exitCodes = list(integer(0, 255), 256).default([]);
const variable = z.string(VARIABLE_WANTED).regex(/^[A-Za-z_]\w{0,199}$/, VARIABLE_WANTED);
const label = z.string(LABEL_WANTED).regex(/^[A-Za-z0-9][\w./-]{0,199}$/, LABEL_WANTED);

export const runSchema = strict(
  {
    handler: name.optional(),
    bash: text(1, 256 * 1024).optional(),
    env: z.record(variable, text(0, 32 * 1024), 'an object of variables, each of them text').optional(),
    input_file: address.optional(),
    output_file: address.optional(),
  },
  'an object with either handler or bash',
);

const exitCodesSchema = strict({ retry: exitCodes, stop: exitCodes }, 'an object with retry and stop');

const retrySchema = strict(
  {
    factor: decimal(1, 100).default(1),
    max_delay_ms: duration.optional(),
    jitter: decimal(0, 1).default(0),
    retry_on: list(reason, 100).default([]),
    stop_on: list(reason, 100).default([]),
    exit_codes: exitCodesSchema.prefault({}),
  },
  'an object with factor, max_delay, jitter, retry_on, stop_on or exit_codes',
);

const limitSchema = strict({ key: text(1, 400), max: integer(1, 1_000_000) }, 'an object with key and max');

/** A task in its normal form, before what one field says of another is looked at. */
export const taskSchema = strict(
  {
    name,
    title: text(0, 400).optional(),
    description: text(0, 20_000).optional(),
    active: flag.default(true),
    run: runSchema,
    queue: name.default('default'),
    labels: z.record(label, text(0, 200), 'an object of labels, each of them text').optional(),
    default_priority: priority.default('normal'),
    retries: integer(0, 1000).default(0),
    retry_delay_ms: duration.default(DEFAULT_RETRY_DELAY_MS),
    retry: retrySchema.prefault({}),
    infra_retries: integer(0, 1000).default(DEFAULT_INFRA_RETRIES),
    timeout_ms: positiveDuration.optional(),
    start_timeout_ms: positiveDuration.optional(),
    concurrency: integer(1, 1_000_000).optional(),
    limits: list(limitSchema, 20).optional(),
    sla: sla.optional(),
    params: jsonObject.optional(),
    defaults: jsonObject.optional(),
    schedule: list(z.unknown(), 100).default([]),
    start_date: date.optional(),
    end_date: date.optional(),
    push_destination: name.optional(),
    push: jsonObject.optional(),
  },
  'an object that describes a task',
);
