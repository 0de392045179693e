import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
}

/** Actions that the sources call, by the commands of the SDK that they import. */
function calledActions(): string[] {
  const files = globSync('libs/destinations/src/aws-batch/*.ts', { cwd: root }).filter(
    (path) => !/\.test\.ts$/.test(path),
  );
  const called = files.flatMap((path) => {
    const source = readFileSync(join(root, path), 'utf8');
    return [
      ...source.matchAll(/import (?:type )?\{([^}]*)\} from '@aws-sdk\/client-(batch|cloudwatch-logs)'/g),
    ].flatMap(([, names = '', client]) =>
      [...names.matchAll(/\b(\w+)Command\b/g)].map(([, name]) => `${client === 'batch' ? 'batch' : 'logs'}:${name}`),
    );
  });
  // No command of its own: the tags of a job that is submitted ask for it.
  const tags = files.some((path) => readFileSync(join(root, path), 'utf8').includes("'taskflow:deployment'"));
  return [...new Set([...called, ...(tags ? ['batch:TagResource'] : [])])].sort();
}

test('docs/aws-batch-policy.json allows exactly the actions that the pusher calls', () => {
  const policy = JSON.parse(readFileSync(join(root, 'docs/aws-batch-policy.json'), 'utf8')) as {
    readonly Version: string;
    readonly Statement: readonly Statement[];
  };
  expect(policy.Version).toBe('2012-10-17');
  expect(policy.Statement.map(({ Effect }) => Effect)).toEqual(policy.Statement.map(() => 'Allow'));
  expect(policy.Statement.flatMap(({ Action }) => Action).sort()).toEqual(calledActions());
});

test('docs/kubernetes-role.yaml allows exactly what `taskflow destination check` asks for', async () => {
  const { PERMISSIONS } = (await import(join(root, 'libs/destinations/src/kubernetes/check-cluster.ts'))) as {
    PERMISSIONS: readonly { group: string; resource: string; subresource?: string; verbs: readonly string[] }[];
  };
  const role = parse(readFileSync(join(root, 'docs/kubernetes-role.yaml'), 'utf8')) as {
    readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
  };
  const asked = PERMISSIONS.map(({ group, resource, subresource, verbs }) => ({
    apiGroups: [group],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    verbs,
  }));
  expect(role.rules).toEqual(asked);
});
