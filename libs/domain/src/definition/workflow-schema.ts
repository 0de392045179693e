import { z } from 'zod';
import { TRIGGERS } from '../dag/trigger.js';
import {
  date,
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

/** Most tasks in one workflow. */
const MAX_WORKFLOW_TASKS = 10_000;

const FAILURE_POLICIES = ['fail_fast', 'finish_running', 'continue'] as const;

/** `fail_fast`: cancel what runs, start nothing more. `finish_running`: start nothing more. `continue`: branches that do not need it go on. */
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** A task of a workflow in its normal form; `inline` is read by the task's own schema. */
export const workflowTaskSchema = strict(
  {
    key: name,
    task: name.optional(),
    inline: z.unknown().optional(),
    depends_on: list(name, MAX_WORKFLOW_TASKS).default([]),
    trigger: z.enum(TRIGGERS, `one of ${TRIGGERS.join(', ')}`).default('all_success'),
    allow_failure: flag.default(false),
    params: jsonObject.optional(),
  },
  'an object that describes a task of the workflow',
);

/** A workflow in its normal form; `tasks` are read one by one. */
export const workflowSchema = strict(
  {
    name,
    title: text(0, 400).optional(),
    description: text(0, 20_000).optional(),
    active: flag.default(true),
    default_priority: priority.default('normal'),
    params: jsonObject.optional(),
    concurrency: integer(1, 1_000_000).optional(),
    sla: sla.optional(),
    schedule: list(z.unknown(), 100).default([]),
    start_date: date.optional(),
    end_date: date.optional(),
    timeout_ms: positiveDuration.optional(),
    failure_policy: z.enum(FAILURE_POLICIES, `one of ${FAILURE_POLICIES.join(', ')}`).default('finish_running'),
    tasks: list(z.unknown(), MAX_WORKFLOW_TASKS).min(1, `a list of 1 to ${MAX_WORKFLOW_TASKS} tasks`),
  },
  'an object that describes a workflow',
);
