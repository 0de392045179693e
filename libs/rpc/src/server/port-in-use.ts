import { Unavailable } from '@taskflow/domain';

export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  readonly portVariable: string;
}

/** The failure to listen, said with the port and the variable that sets it; others as they are. */
export function portInUse(error: Error, { host, port, portVariable }: ListenTarget): Error {
  const metadata = { host, port: String(port), variable: portVariable };
  if (/EADDRINUSE/.test(error.message)) {
    return new Unavailable(
      `Port ${port} on ${host} is in use by another process. Stop that one, or set ${portVariable} to another port (0 picks a free one).`,
      { reason: 'PORT_IN_USE', metadata, cause: error },
    );
  }
  if (/EACCES|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(error.message)) {
    return new Unavailable(
      `Cannot listen on ${host}:${port}: ${error.message}. Check TASKFLOW_API_HOST and ${portVariable}.`,
      { reason: 'CANNOT_LISTEN', metadata, cause: error },
    );
  }
  return error;
}
