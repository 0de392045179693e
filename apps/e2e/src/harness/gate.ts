import { connect, createServer, type Socket } from 'node:net';

/** A way to a database that can be closed: connections break off, new ones are refused. */
export interface Gate {
  /** The database's URL, through the gate. */
  readonly url: string;
  open(): void;
  shut(): void;
  close(): Promise<void>;
}

/** Shut at first. */
export async function gateTo(databaseUrl: string): Promise<Gate> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isOpen = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket);
    if (!isOpen) return void socket.destroy();
    const upstream = keep(connect(Number(target.port), target.hostname));
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const gated = new URL(databaseUrl);
  gated.hostname = '127.0.0.1';
  gated.port = String(typeof address === 'object' && address ? address.port : 0);
  const shut = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: gated.href,
    open: () => {
      isOpen = true;
    },
    shut,
    close: () => {
      shut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
