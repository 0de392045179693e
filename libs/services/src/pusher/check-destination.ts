import { readFile } from 'node:fs/promises';
import type { CheckItem } from '@taskflow/destinations';
import type { DestinationConfig } from './destination-config.js';

/** Proves at the real place what a destination needs there; makes nothing there. A kind's client is loaded when it is asked for. */
export async function checkDestination(config: DestinationConfig): Promise<CheckItem[]> {
  switch (config.kind) {
    case 'local': {
      const { checkFolder } = await import('@taskflow/destinations/local');
      return checkFolder(config.directory ?? '');
    }
    case 'kubernetes': {
      const { checkCluster } = await import('@taskflow/destinations/kubernetes');
      const { name, kubeconfig, context, namespace, pod_template: podTemplate } = config;
      return checkCluster({ name, kubeconfig, context, namespace, podTemplate });
    }
    case 'mesos': {
      const { checkMasters } = await import('@taskflow/destinations/mesos');
      const { masters, roles, principal, secret_file: file } = config;
      const secret = file === undefined ? undefined : (await readFile(file, 'utf8')).trim();
      return checkMasters({ masters, roles, principal, secret });
    }
    case 'aws_batch': {
      const { checkAccount } = await import('@taskflow/destinations/aws-batch');
      const { region, queue, profile, endpoint, job_definition: jobDefinition, logs_endpoint: logsEndpoint } = config;
      return checkAccount({ region, queue, jobDefinition, profile, endpoint, logsEndpoint });
    }
  }
}
