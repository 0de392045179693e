import { relative } from 'node:path';
import type { Format } from '../output/print.js';
import { fieldLines } from '../output/print.js';
import { styled } from '../output/text.js';
import type { UpDatabase } from './database.js';
import type { UpFolder } from './folder.js';
import type { UpPorts } from './ports.js';
import { upFile } from './running-up.js';
import { SAMPLE } from './sample.js';

export interface UpState {
  readonly folder: UpFolder;
  readonly ports: UpPorts;
  readonly database: UpDatabase;
  readonly logFolder: string;
  readonly pids: ReadonlyMap<string, number>;
  /** With which the api is called; absent where it asks for none. */
  readonly token?: string | undefined;
}

/** Says on stdout what runs where: for people, or as one line of JSON. */
export function announce(options: { readonly output: Format; readonly sample: boolean }, state: UpState): void {
  const { ports, database, folder, logFolder, pids, token } = state;
  if (options.output !== 'table') {
    const { grpc, http } = ports;
    const services = Object.fromEntries(pids);
    console.log(JSON.stringify({ grpc, http, databaseUrl: database.url, folder: folder.path, services }));
    return;
  }
  const processes = [...pids].map(([name, pid]) => `${name} ${pid}`).join(' · ');
  const psql = database.own ? `psql '${database.url}'` : 'psql "$TASKFLOW_DATABASE_URL"';
  const logs = folder.ephemeral ? logFolder : relative(process.cwd(), logFolder) || logFolder;
  const access = token === undefined ? 'no passwords on gRPC and REST' : 'no TLS';
  const next = options.sample ? `npx taskflow workflow run ${SAMPLE} --watch` : 'npx taskflow workflow list';
  console.log(
    [
      `${styled('green', 'Taskflow is up.')} For development: one machine, ${access}, no backups.`,
      '',
      fieldLines([
        ['gRPC', ports.grpc],
        ['REST', `${ports.http}/v1 · OpenAPI ${ports.http}/v1/openapi.json`],
        ...tokenField(folder, token),
        ['SQL', `${psql} -c 'select id, task_name, status from v_task_instances order by id desc limit 10'`],
        ['processes', `${processes} (kill -9 any of them: it starts again and runs go on)`],
        ['logs', `${logs}/*.log`],
        ['next', `${next}${options.sample ? `; it also runs each minute: npx taskflow schedule slots ${SAMPLE}` : ''}`],
      ]),
      '',
      'Ctrl-C stops everything.',
    ].join('\n'),
  );
}

// The token itself stays off the screen: commands typed in this folder find it by themselves.
function tokenField({ path }: UpFolder, token: string | undefined): [string, string][] {
  return token === undefined ? [] : [['token', `in ${relative(process.cwd(), upFile(path))}, which is yours alone`]];
}
