import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '@taskflow/domain';
import { table } from './table.ts';

type Destination = Readonly<Record<string, unknown>>;

const MEANINGS: Readonly<Record<string, string>> = {
  name: 'What `push_destination` of a Task names. Required.',
  kind: '`local`. Required.',
  directory: 'Folder of the jobs. Default `.taskflow/destinations/NAME` beside the file.',
  max_in_flight: 'Jobs that are open at once; the rest waits as `destination_full`.',
  lease: 'How long a pusher that died holds the destination.',
  submit_timeout: 'How long one call to the destination may take.',
  ambiguity_window: 'How long a job whose submission was not answered is looked for before it counts as not there.',
  lost_timeout: 'How long a job may be missing before its attempt ends as lost.',
  start_timeout: 'How long an accepted job may wait for its start; `0s` is without limit.',
  cancel_timeout: 'When the end of a job takes longer, an event `cancel_overdue` says so; it is asked for on and on.',
  sync_interval: 'Pause between two looks at the open jobs; longer when there are very many.',
  sweep_interval: 'Pause between two searches for jobs that nobody knows.',
  grace: 'Time from SIGTERM to SIGKILL when a job is stopped.',
  keep_finished: 'How long what is left of an ended job is kept.',
};

/** The fields of a local destination, their defaults as the pusher reads them. */
export async function destinationTable(root: string): Promise<string> {
  const { name, kind, directory, ...read } = await readOne(root);
  const keys = Object.keys({ name, kind, directory, ...read });
  const strange = [
    ...keys.filter((key) => !(key in MEANINGS)),
    ...Object.keys(MEANINGS).filter((key) => !keys.includes(key)),
  ];
  if (strange.length > 0)
    throw new Error(`tools/docs/destination.ts and the pusher differ about: ${strange.join(', ')}`);
  const rows = Object.entries(MEANINGS).map(([key, meaning]) => [`\`${key}\``, defaultText(key, read[key]), meaning]);
  return table(['Field', 'Default', 'Meaning'], rows);
}

async function readOne(root: string): Promise<Destination> {
  const path = join(root, 'libs/services/src/pusher/destination-config.ts');
  const module = (await import(path)) as { readDestinations(file: string): Promise<Destination[]> };
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-docs-'));
  try {
    const file = join(folder, 'destinations.yaml');
    writeFileSync(file, 'destinations: [{ name: here, kind: local }]\n');
    return (await module.readDestinations(file))[0] ?? {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function defaultText(key: string, value: unknown): string {
  if (typeof value !== 'number') return '';
  return `\`${key === 'max_in_flight' ? value : formatDuration(value)}\``;
}
