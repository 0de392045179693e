import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

export interface HealthService {
  addTo(server: Server): void;
  /** Of the process as a whole and of every service in it. */
  setServing(serving: boolean): void;
}

/** grpc.health.v1: NOT_SERVING until told otherwise. */
export function healthService(names: readonly string[]): HealthService {
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'NOT_SERVING'])));
  return {
    addTo: (server) => health.addToServer(server),
    setServing(serving) {
      for (const name of ['', ...names]) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
  };
}
