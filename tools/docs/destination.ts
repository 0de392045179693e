import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '@taskflow/domain';
import { table } from './table.ts';

type Destination = Readonly<Record<string, unknown>>;
type Meanings = Readonly<Record<string, string>>;

const COMMON: Meanings = {
  name: 'What `push_destination` of a Task names. Required.',
  kind: '`local`, `kubernetes`, `aws_batch` or `mesos`. Required.',
  max_in_flight: 'Jobs that are open at once; the rest waits as `destination_full`.',
  lease: 'How long a pusher that died holds the destination.',
  submit_timeout: 'How long one call to the destination may take.',
  ambiguity_window: 'How long a job whose submission was not answered is looked for before it counts as not there.',
  lost_timeout: 'How long a job may be missing before its attempt ends as lost.',
  start_timeout: 'How long an accepted job may wait for its start; `0s` is without limit.',
  cancel_timeout: 'When the end of a job takes longer, an event `cancel_overdue` says so; it is asked for on and on.',
  sync_interval: 'Pause between two looks at the open jobs; longer when there are very many.',
  sweep_interval: 'Pause between two searches for jobs that nobody knows.',
  keep_finished: 'How long what is left of an ended job is kept.',
  paused: 'Nothing new is submitted while it is `true`; what runs is followed to its end. Default `false`.',
  api: 'gRPC address of the api as jobs reach it, for those that begin with `taskflow run-task`.',
  link: 'Address where a person sees a job, with `{name}`, `{id}` and what its kind tells of the place (`{namespace}`, `{queue}`). Default that of the kind.',
};

const OWN: Readonly<Record<string, { readonly sample: string; readonly meanings: Meanings }>> = {
  local: {
    sample: '',
    meanings: {
      directory: 'Folder of the jobs. Default `.taskflow/destinations/NAME` beside the file.',
      grace: 'Time from SIGTERM to SIGKILL when a job is stopped.',
    },
  },
  kubernetes: {
    sample: '',
    meanings: {
      kubeconfig:
        'File that tells the cluster and who we are there. Default: the service account of the pusher’s own pod.',
      context: 'One of the kubeconfig’s. Default its current one.',
      rates:
        'Most calls a second, by what they do: `submit`, `read`, `stop`, `log`; halved when the server throttles, and given back slowly.',
      namespace: 'Where a Task’s `push.namespace` names none.',
      pod_template: 'Pod template beneath every Task’s own: `metadata` and `spec`, the container is `main`.',
    },
  },
  mesos: {
    sample: ', masters: ["http://127.0.0.1:5050"], user: nobody',
    meanings: {
      masters: 'Addresses of the masters, of which one leads. Required.',
      user: 'Whose processes the tasks are on the agents. Required.',
      roles: 'Roles whose resources are offered. Default `*`.',
      principal: 'As whom the framework signs in.',
      secret_file: 'File with the secret of the principal.',
      reset_framework:
        'Whether to begin as a new framework when the old one was removed, and its tasks with it. Default `false`.',
    },
  },
  aws_batch: {
    sample: ', region: eu-west-1',
    meanings: {
      region: 'Required.',
      queue: 'Job queue where a Task’s `push.queue` names none.',
      job_definition: 'Name, `name:revision` or ARN where a Task’s `push.job_definition` names none.',
      profile: 'Of the shared AWS configuration, a role to assume among them. Default: the AWS provider chain.',
      endpoint: 'Address of AWS Batch. Default AWS’s own.',
      rates:
        'Most calls a second, by what they do: `submit`, `read`, `stop`, `log`; halved when the server throttles, and given back slowly.',
      logs_endpoint: 'Address of CloudWatch Logs. Default AWS’s own.',
    },
  },
};

/** The fields of the destinations, first those that all kinds have; their defaults as the pusher reads them. */
export async function destinationTable(root: string): Promise<string> {
  const rows: string[][] = [];
  const defaults = new Map<string, Set<string>>();
  for (const [kind, { sample, meanings }] of Object.entries(OWN)) {
    const read = await readOne(root, kind, sample);
    const strange = Object.keys(read).filter((key) => !(key in COMMON) && !(key in meanings));
    const absent = Object.keys(COMMON).filter((key) => !(key in read) && !['link', 'api'].includes(key));
    if (strange.length + absent.length > 0) {
      throw new Error(`tools/docs/destination.ts and the pusher differ about: ${[...strange, ...absent].join(', ')}`);
    }
    for (const key of Object.keys(COMMON)) {
      const known = defaults.get(key) ?? new Set();
      defaults.set(key, known.add(defaultText(key, read[key])));
    }
    for (const [key, meaning] of Object.entries(meanings)) {
      rows.push([`\`${key}\``, `\`${kind}\``, defaultText(key, read[key]), meaning]);
    }
  }
  const common = Object.entries(COMMON).map(([key, meaning]) => {
    return [`\`${key}\``, 'all', [...(defaults.get(key) ?? [])].join(', '), meaning];
  });
  return table(['Field', 'Kind', 'Default', 'Meaning'], [...common, ...rows]);
}

async function readOne(root: string, kind: string, sample: string): Promise<Destination> {
  const path = join(root, 'libs/services/src/pusher/destination-config.ts');
  const module = (await import(path)) as { readDestinations(source: { destinations: string }): Promise<Destination[]> };
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-docs-'));
  try {
    const file = join(folder, 'destinations.yaml');
    writeFileSync(file, `destinations: [{ name: here, kind: ${kind}${sample} }]\n`);
    return (await module.readDestinations({ destinations: file }))[0] ?? {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function defaultText(key: string, value: unknown): string {
  if (key === 'namespace') return `\`${String(value)}\``;
  if (typeof value !== 'number') return '';
  return `\`${key === 'max_in_flight' ? value : formatDuration(value)}\``;
}
