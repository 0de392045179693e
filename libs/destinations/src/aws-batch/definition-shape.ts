import { DescribeJobDefinitionsCommand, type JobDefinition } from '@aws-sdk/client-batch';
import type { BatchCalls } from './batch-clients.js';

/** What a job definition consists of, which decides where command and environment go. */
export interface DefinitionShape {
  readonly kind: 'container' | 'ecs' | 'eks' | 'node';
  /** Names, of `ecs` and `eks`. */
  readonly containers: readonly string[];
}

/** Reads the shape of job definitions once each; undefined when there is no active definition of that name. */
export function createDefinitionShapes(
  calls: BatchCalls,
): (definition: string, signal: AbortSignal) => Promise<DefinitionShape | undefined> {
  const known = new Map<string, DefinitionShape>();
  return async (definition, signal) => {
    const found = known.get(definition);
    if (found) return found;
    const [name = '', revision] = definition.startsWith('arn:') ? [definition] : definition.split(':');
    const request = definition.startsWith('arn:') ? { jobDefinitions: [definition] } : { jobDefinitionName: name };
    const command = new DescribeJobDefinitionsCommand({ ...request, status: 'ACTIVE' });
    const { jobDefinitions = [] } = await calls.run(
      'read',
      ({ batch }, abortSignal) => batch.send(command, { abortSignal }),
      signal,
    );
    const newest = jobDefinitions
      .filter((one) => revision === undefined || String(one.revision) === revision)
      .reduce<JobDefinition | undefined>(
        (best, one) => ((one.revision ?? 0) > (best?.revision ?? 0) ? one : best),
        undefined,
      );
    if (newest === undefined) return undefined;
    const shape = shapeOf(newest);
    known.set(definition, shape);
    return shape;
  };
}

function shapeOf(definition: JobDefinition): DefinitionShape {
  const named = (containers: readonly { name?: string | undefined }[] | undefined): string[] =>
    (containers ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (definition.nodeProperties) return { kind: 'node', containers: [] };
  if (definition.ecsProperties) {
    return { kind: 'ecs', containers: named(definition.ecsProperties.taskProperties?.[0]?.containers) };
  }
  if (definition.eksProperties) {
    return { kind: 'eks', containers: named(definition.eksProperties.podProperties?.containers) };
  }
  return { kind: 'container', containers: [] };
}
