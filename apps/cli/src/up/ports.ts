import { createServer, type AddressInfo } from 'node:net';
import { processEnvironment } from '@taskflow/runtime/environment';
import { CommandFailure, usage } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';

export interface UpPorts {
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** host:port */
  readonly grpc: string;
  /** URL of REST. */
  readonly http: string;
}

export interface PortOptions {
  readonly grpcPort?: number;
  readonly httpPort?: number;
}

/**
 * The ports of the api. Those that were asked for, else the usual ones, else free ones.
 *
 * @throws CommandFailure (7) when a port that was asked for is busy
 */
export async function choosePorts(options: PortOptions): Promise<UpPorts> {
  const host = processEnvironment()['TASKFLOW_API_HOST'] || '127.0.0.1';
  const grpcPort = await choose(host, 'gRPC', '--grpc-port', 'TASKFLOW_GRPC_PORT', options.grpcPort, 7233);
  const httpPort = await choose(host, 'REST', '--http-port', 'TASKFLOW_HTTP_PORT', options.httpPort, 8080);
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { host, grpcPort, httpPort, grpc: `${reached}:${grpcPort}`, http: `http://${reached}:${httpPort}` };
}

async function choose(
  host: string,
  what: string,
  option: string,
  variable: string,
  given: number | undefined,
  usual: number,
): Promise<number> {
  const asked = given ?? readPort(variable);
  if (asked === 0) return freePort(host);
  if (asked !== undefined) {
    if (await isFree(host, asked)) return asked;
    throw new CommandFailure(
      `port ${asked} of ${host}, asked for by ${option} or ${variable}, is in use. Stop what listens there, or leave it out for a free one.`,
      EXIT.unavailable,
    );
  }
  if (await isFree(host, usual)) return usual;
  const port = await freePort(host);
  console.error(`Port ${usual} is in use; ${what} listens on ${port}.`);
  return port;
}

function readPort(variable: string): number | undefined {
  const text = processEnvironment()[variable];
  if (!text) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw usage(`${variable}: got ${JSON.stringify(text)}, wanted a port from 0 to 65535`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  return (await listen(host, port)) !== undefined;
}

async function freePort(host: string): Promise<number> {
  const port = await listen(host, 0);
  if (port === undefined) throw new CommandFailure(`nothing can listen on ${host}; correct TASKFLOW_API_HOST`);
  return port;
}

/** Listens for a moment; undefined when it cannot. */
function listen(host: string, port: number): Promise<number | undefined> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once('error', () => settle(undefined));
    probe.listen(port, host, () => {
      const address = probe.address() as AddressInfo;
      probe.close(() => settle(address.port));
    });
  });
}
