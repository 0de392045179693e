import { Server, ServerCredentials, logVerbosity, setLogVerbosity, type ServiceDefinition } from '@grpc/grpc-js';
import type { BoundService } from '../call/handler.js';
import type { CallEnvironment } from '../call/run-call.js';
import { portInUse } from './port-in-use.js';
import { healthService } from './health-service.js';
import { addReflection } from './reflection.js';
import { serveMethod } from './serve-method.js';

export { type Admission, type Caller, type Guard, type Refusal } from '../access/guard.js';
export { ROLES_OF } from '../access/role-table.js';
export type { Call } from '../call/call.js';
export {
  bindService,
  type BoundService,
  type ClientStreamHandler,
  type DuplexCall,
  type DuplexHandler,
  type Handlers,
  type ServerStreamHandler,
  type UnaryHandler,
} from '../call/handler.js';
export { type CallEnvironment } from '../call/run-call.js';
export { toWireError, type WireError } from '../error/wire-error.js';
export { portInUse } from './port-in-use.js';

/** The largest message that the server takes: 16 MiB. A client that sends more gets RESOURCE_EXHAUSTED with both sizes. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

export interface RpcServerOptions extends CallEnvironment {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Environment variable that sets the port, named when it is busy. */
  readonly portVariable: string;
  readonly services: readonly BoundService[];
}

export interface RpcServer {
  /** Listens; resolves with the port. Health says NOT_SERVING until `setServing(true)`. */
  start(): Promise<number>;
  setServing(serving: boolean): void;
  /** Takes no new calls, lets running ones end for `graceMs`, then breaks them off. */
  stop(graceMs: number): Promise<void>;
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  // The library writes to the console by itself; everything it would say is in our log or in the error.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    // Sessions of workers are long streams of small messages: a larger window keeps them flowing.
    'grpc-node.flow_control_window': 1024 * 1024,
  });
  for (const { methods, handlers } of options.services) {
    const served = Object.entries(methods).map(([name, method]) => [
      name,
      serveMethod(method, handlers[name], options),
    ]);
    server.addService(methods as ServiceDefinition, Object.fromEntries(served));
  }
  const health = healthService(options.services.map((service) => service.name));
  health.addTo(server);
  addReflection(server);
  return {
    start: () => listen(server, options),
    setServing: (serving) => health.setServing(serving),
    stop: (graceMs) => shutDown(server, graceMs),
  };
}

function listen(server: Server, { host, port, portVariable }: RpcServerOptions): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(portInUse(error, { host, port, portVariable }));
    });
  });
}

function shutDown(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const overdue = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(overdue);
      resolve();
    });
  });
}
