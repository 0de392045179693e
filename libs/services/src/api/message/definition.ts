import type { ApplyDefinitionsInput } from '@taskflow/engine';
import type * as wire from '@taskflow/proto/taskflow/v1/definitions.js';
import type { TaskRow, WorkflowRow } from '@taskflow/store';
import { readJson } from './json.js';

export function readDefinitions(definitions: readonly wire.Definition[]): ApplyDefinitionsInput['definitions'] {
  return definitions.map(({ kind, specJson }, index) => ({
    kind,
    spec: readJson(specJson, `definitions[${index}].spec_json`),
  }));
}

export function writeTask(row: TaskRow): wire.Task {
  return {
    name: row.name,
    active: row.active,
    versionId: row.version_id,
    hash: row.hash,
    title: row.title ?? '',
    description: row.description ?? '',
    queue: row.queue,
    defaultPriority: row.default_priority,
    pushDestination: row.push_destination ?? '',
    specJson: row.spec,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function writeWorkflow(row: WorkflowRow): wire.Workflow {
  return {
    name: row.name,
    active: row.active,
    versionId: row.version_id,
    hash: row.hash,
    title: row.title ?? '',
    description: row.description ?? '',
    defaultPriority: row.default_priority,
    specJson: row.spec,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
