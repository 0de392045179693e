import type { Command } from 'commander';
import type { AuditEntry } from '@taskflow/proto/taskflow/v1/access.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { usage } from '../failure/command-failure.js';
import { wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows, type Column } from '../output/print.js';
import { moment, oneLine } from '../output/text.js';

interface Options extends ClientOptions {
  readonly of?: string;
  readonly limit: number;
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  ['at', ({ at }) => moment(at)],
  ['who', ({ actor }) => oneLine(actor)],
  ['did', ({ method }) => method.slice(method.lastIndexOf('/') + 1)],
  ['to', ({ targetKind, target }) => oneLine(`${targetKind} ${target}`)],
  ['detail', ({ detailJson }) => oneLine(detailJson, 80)],
];

export function authAudit(): Command {
  return clientCommand('audit', 'list what was changed and by whom, newest first')
    .option('--of <kind:target>', 'only what was done to this one: workflow:nightly, task_instance:42')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 50)
    .action((options: Options) => withApi(options, (api) => list(api, options)));
}

async function list(api: Api, options: Options): Promise<void> {
  const of = readTarget(options.of);
  const client = await api.access();
  const rows = await readPages(options.limit, async (page) => {
    const { entries, nextPageToken } = await client.listAuditEntries({ ...of, ...page }, CALL_LIMIT);
    return { rows: entries, nextPageToken };
  });
  printRows(options.output, rows, COLUMNS, ({ id }) => id);
}

function readTarget(text = ''): { targetKind: string; target: string } {
  const [, targetKind = '', target = ''] = /^([a-z_]+):(.+)$/s.exec(text) ?? [];
  if (text === '' || targetKind !== '') return { targetKind, target };
  throw usage(`--of: got ${JSON.stringify(text)}, wanted a kind and a name or id, for example workflow:nightly`);
}
