import type { PushIdentity } from './destination.js';

/**
 * `tf-<deployment8>-<instance>-a<attempt>-<slug>`: the identity comes first, so that cutting only hits the slug, which is
 * there for people. Lower case letters, digits and single hyphens.
 */
export function jobName(identity: PushIdentity, maxLength: number): string {
  const { deploymentId, taskInstanceId, attempt, workflow, task } = identity;
  const words = [workflow, task].filter((word) => word !== undefined).join('-');
  const slug = words.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const name = `tf-${deploymentId.slice(0, 8)}-${taskInstanceId}-a${String(attempt)}-${slug}`;
  return name.slice(0, maxLength).replace(/-+$/, '');
}
