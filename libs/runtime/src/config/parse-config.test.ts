import { InvalidInput } from '@taskflow/domain';
import { apiFragment, databaseFragment, workerFragment } from './fragments.js';
import { parseConfig } from './parse-config.js';

describe('parseConfig', () => {
  it('gives defaults where nothing is set, and takes an empty variable for absent', () => {
    expect(parseConfig(apiFragment, { TASKFLOW_GRPC_PORT: '' })).toEqual({
      host: '127.0.0.1',
      grpcPort: 7233,
      httpPort: 8080,
      leaseTtlMs: 15_000,
      auth: 'off',
    });
  });

  it('reads lists, labels and durations', () => {
    const config = parseConfig(workerFragment, {
      TASKFLOW_WORKER_QUEUES: 'default, gpu',
      TASKFLOW_WORKER_LABELS: 'zone=eu, disk=ssd',
      TASKFLOW_WORKER_BASH: 'off',
    });
    expect(config).toMatchObject({ queues: ['default', 'gpu'], labels: { zone: 'eu', disk: 'ssd' }, bash: false });
  });

  it('reports every fault together, each by its variable', () => {
    const fragment = { ...databaseFragment, ...apiFragment };
    const parse = () => parseConfig(fragment, { TASKFLOW_GRPC_PORT: '70000', TASKFLOW_DATABASE_POOL_SIZE: 'many' });
    expect(parse).toThrow(InvalidInput);
    expect(parse).toThrow(/TASKFLOW_DATABASE_URL is not set/);
    expect(parse).toThrow(/TASKFLOW_DATABASE_POOL_SIZE="many": wanted an integer from 2 to 200/);
    expect(parse).toThrow(/TASKFLOW_GRPC_PORT="70000": wanted a port/);
  });

  it('never shows the value of a secret', () => {
    const parse = () => parseConfig(databaseFragment, { TASKFLOW_DATABASE_URL: 'mysql://root:hunter2@db' });
    expect(parse).toThrow(/TASKFLOW_DATABASE_URL=\(hidden\): wanted postgres/);
    expect(parse).not.toThrow(/hunter2/);
  });
});
