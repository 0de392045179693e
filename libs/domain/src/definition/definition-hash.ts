import { createHash } from 'node:crypto';
import { canonicalJson } from '../json.js';
import type { TaskDefinition } from './task-definition.js';
import type { WorkflowDefinition } from './workflow-definition.js';

/**
 * The identity of a version: sha256, in hex, of the definition without `active`, which is a switch and not a part of it. The order of
 * keys is of no account, that of tasks and lists is.
 */
export function definitionHash(definition: TaskDefinition | WorkflowDefinition): string {
  return createHash('sha256')
    .update(canonicalJson({ ...definition, active: undefined }))
    .digest('hex');
}
