import { isJsonObject, type JsonObject } from '@taskflow/domain';
import { checkFields, type FieldCheck } from '../check-fields.js';
import type { ValidationIssue } from '../destination.js';

/** What a Task's `push` says to AWS Batch. */
export interface BatchSpec {
  readonly queue?: string | undefined;
  /** Name, `name:revision` or ARN. */
  readonly jobDefinition?: string | undefined;
  /** Words that replace the definition's command; wins over the Task's `bash`. */
  readonly command?: readonly string[] | undefined;
  /** Values of `Ref::name` in the definition's command. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly vcpus?: number | undefined;
  /** MiB. */
  readonly memory?: number | undefined;
  readonly gpus?: number | undefined;
  /** Of an ECS or EKS definition: the container that gets command and environment; all of them get the environment by default. */
  readonly container?: string | undefined;
  readonly shareIdentifier?: string | undefined;
  readonly schedulingPriority?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** `spot`: an attempt whose host AWS takes back is run again by Batch, at most this often in all. */
  readonly spotAttempts?: number | undefined;
  /** Fields of SubmitJob as AWS names them. */
  readonly raw: JsonObject;
}

const RAW = ['nodeOverrides', 'consumableResourcePropertiesOverride', 'eksPropertiesOverride', 'ecsPropertiesOverride'];

const NOT_RAW = `is not one of ${RAW.join(', ')}`;

const short = (most: number): FieldCheck => ({
  wanted: `text of 1 to ${String(most)} characters`,
  holds: (value) => typeof value === 'string' && value.length > 0 && value.length <= most,
});
const integer = (least: number, most: number): FieldCheck => ({
  wanted: `an integer from ${String(least)} to ${String(most)}`,
  holds: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
});
const texts = (longest: number): FieldCheck => ({
  wanted: `an object of text values of at most ${String(longest)} characters`,
  holds: (value) =>
    isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string' && item.length <= longest),
});

const FIELDS: Readonly<Record<string, FieldCheck>> = {
  queue: short(512),
  job_definition: short(512),
  command: {
    wanted: 'a list of words, none of them empty',
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string' && word !== ''),
  },
  parameters: texts(8192),
  vcpus: {
    wanted: 'a number from 0.25 to 1024',
    holds: (value) => typeof value === 'number' && value >= 0.25 && value <= 1024,
  },
  memory: integer(4, 100_000_000),
  gpus: integer(1, 1024),
  container: short(255),
  share_identifier: {
    wanted: 'at most 255 letters and digits',
    holds: (value) => typeof value === 'string' && /^[A-Za-z0-9]{1,255}$/.test(value),
  },
  scheduling_priority: integer(0, 9999),
  tags: texts(256),
  spot_attempts: integer(1, 10),
  raw: { wanted: `an object with ${RAW.join(', ')}`, holds: isJsonObject },
};

/** What of `push` is not in the language of AWS Batch. */
export function checkBatchSpec(push: JsonObject): ValidationIssue[] {
  const issues = checkFields(push, FIELDS);
  const { raw, tags } = push;
  if (isJsonObject(raw)) {
    for (const [field, value] of Object.entries(raw)) {
      if (RAW.includes(field) && isJsonObject(value)) continue;
      const message = RAW.includes(field) ? `got ${JSON.stringify(value).slice(0, 80)}, wanted an object` : NOT_RAW;
      issues.push({ field: `push.raw.${field}`, message });
    }
  }
  if (isJsonObject(tags)) {
    const taken = Object.keys(tags).filter((name) => name.startsWith('taskflow:') || name.startsWith('aws:'));
    for (const name of taken) issues.push({ field: `push.tags.${name}`, message: 'begins as no tag of yours can' });
    // Six are ours, and those of the definition come on top.
    if (Object.keys(tags).length > 40) issues.push({ field: 'push.tags', message: 'holds more than 40 tags' });
  }
  return issues;
}

/** Reads a `push` in which {@link checkBatchSpec} finds nothing. */
export function readBatchSpec(push: JsonObject): BatchSpec {
  const known = push as Readonly<{
    queue?: string;
    job_definition?: string;
    command?: string[];
    parameters?: Record<string, string>;
    vcpus?: number;
    memory?: number;
    gpus?: number;
    container?: string;
    share_identifier?: string;
    scheduling_priority?: number;
    tags?: Record<string, string>;
    spot_attempts?: number;
    raw?: JsonObject;
  }>;
  return {
    queue: known.queue,
    jobDefinition: known.job_definition,
    command: known.command,
    parameters: known.parameters ?? {},
    vcpus: known.vcpus,
    memory: known.memory,
    gpus: known.gpus,
    container: known.container,
    shareIdentifier: known.share_identifier,
    schedulingPriority: known.scheduling_priority,
    tags: known.tags ?? {},
    spotAttempts: known.spot_attempts,
    raw: known.raw ?? {},
  };
}
