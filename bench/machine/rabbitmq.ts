import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:net';
import { freePort } from './free-port.ts';

export interface RabbitMq {
  readonly version: string;
  readonly url: string;
  stop(): Promise<void>;
}

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** The machine's RabbitMQ at its defaults, with a folder and a name server of its own; nothing where it is not installed. */
export async function startRabbitMq(folder: string): Promise<RabbitMq | undefined> {
  if (!existsSync(SERVER)) return undefined;
  const home = join(folder, 'rabbitmq');
  mkdirSync(home);
  writeFileSync(join(home, '.erlang.cookie'), 'bench', { mode: 0o400 });
  const [port, names, distribution] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...process.env,
    HOME: home,
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'bench@localhost',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: join(home, 'none'),
  };
  const child = spawn(SERVER, [], { env, stdio: 'ignore' });
  const endNames = (): void => {
    spawnSync('epmd', ['-port', String(names), '-kill']);
  };
  process.once('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; !(await answers(port)); attempt += 1) {
    if (attempt === 300 || child.exitCode !== null) throw new Error(`RabbitMQ does not start; see ${home}/log.`);
    await pause(200);
  }
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'rabbitmq-server'], { encoding: 'utf8' });
  return {
    version: stdout?.split('-')[0] ?? '',
    url: `amqp://guest:guest@127.0.0.1:${port}//`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      endNames();
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
