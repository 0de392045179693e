import { readFile } from 'node:fs/promises';
import type { Clock } from '@taskflow/domain';
import type { PushDestination } from '@taskflow/destinations';
import { processEnvironment } from '@taskflow/runtime';
import type { DestinationConfig } from './destination-config.js';

/** Makes the destination of a configuration; its kind is loaded here and not before, so that a user needs one client alone. */
export async function createDestination(config: DestinationConfig, clock: Clock): Promise<PushDestination> {
  const { name } = config;
  switch (config.kind) {
    case 'local': {
      const { createLocalDestination } = await import('@taskflow/destinations/local');
      const { directory = '', grace: graceMs } = config;
      return createLocalDestination({ name, directory, graceMs, environment: processEnvironment(), clock });
    }
    case 'kubernetes': {
      const { createKubernetesDestination } = await import('@taskflow/destinations/kubernetes');
      const { kubeconfig, context, namespace, rates, pod_template: podTemplate } = config;
      return createKubernetesDestination({ name, kubeconfig, context, namespace, podTemplate, rates, clock });
    }
    case 'mesos': {
      const { createMesosDestination } = await import('@taskflow/destinations/mesos');
      const { masters, user, roles, principal, secret_file: file, reset_framework: resetFramework } = config;
      const secret = file === undefined ? undefined : (await readFile(file, 'utf8')).trim();
      return createMesosDestination({ name, masters, user, roles, principal, secret, resetFramework, clock });
    }
    case 'aws_batch': {
      const { createAwsBatchDestination } = await import('@taskflow/destinations/aws-batch');
      const { region, queue, profile, endpoint, rates, job_definition: jobDefinition } = config;
      const access = { region, profile, endpoint, logsEndpoint: config.logs_endpoint, rates, clock };
      return createAwsBatchDestination({ name, queue, jobDefinition, ...access });
    }
  }
}
