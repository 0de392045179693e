import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@taskflow/store';
import { explained } from '../db/explain-failure.js';
import { EXIT, type ExitCode } from '../failure/exit-code.js';
import type { Format } from '../output/print.js';
import { upAccess } from './access.js';
import { announce, type UpState } from './announce.js';
import { claimFolder, openFolder, type UpFolder } from './folder.js';
import { openDatabase, type UpDatabase } from './database.js';
import { choosePorts } from './ports.js';
import { identityOf, upFile, type RunningUp } from './running-up.js';
import { registerSample } from './sample.js';
import { serviceSpecs } from './service-specs.js';
import { untilStopped } from './signals.js';
import { createSupervisor, type Supervisor } from './supervisor.js';

export interface UpOptions {
  readonly dir: string;
  readonly ephemeral?: boolean;
  readonly load?: readonly string[];
  readonly grpcPort?: number;
  readonly httpPort?: number;
  readonly sample: boolean;
  readonly output: Format;
}

/** Runs until a signal comes; everything that was started has ended then. */
export async function runUp(options: UpOptions): Promise<void> {
  const folder = openFolder(options);
  const release = claimFolder(folder);
  const signals = untilStopped();
  let database: UpDatabase | undefined;
  let supervisor: Supervisor | undefined;
  let exitCode: ExitCode = EXIT.ok;
  try {
    const ports = await choosePorts(options);
    database = await openDatabase(folder);
    const { url } = database;
    await explained(url, () => migrate({ url }));
    const logFolder = join(folder.path, 'logs');
    mkdirSync(logFolder, { recursive: true });
    const access = upAccess();
    supervisor = createSupervisor({
      specs: serviceSpecs({ folder, ports, databaseUrl: url, load: options.load ?? [], access }),
      logFolder,
      tell: (line) => console.error(line),
    });
    signals.onForce(supervisor.kill);
    const started = supervisor.start();
    await Promise.race([started, signals.stop]);
    if (!signals.asked()) {
      const state: UpState = { folder, ports, database, logFolder, pids: supervisor.pids(), token: access?.token };
      remember(folder, state);
      if (options.sample) await registerSample({ api: ports.grpc, token: access?.token }, signals.signal);
      announce(options, state);
    }
    await Promise.race([signals.stop, supervisor.failed]);
  } catch (error) {
    // What a signal has cut short fails in its own way; the person knows why.
    if (!signals.asked()) throw error;
    exitCode = EXIT.interrupted;
  } finally {
    if (signals.asked()) console.error('Stopping…');
    await supervisor?.stop();
    await database?.close();
    release();
    signals.close();
  }
  console.error('Stopped.');
  process.exitCode = exitCode;
}

function remember(folder: UpFolder, { ports, database, token }: UpState): void {
  const up: RunningUp = {
    owner: identityOf(process.pid) ?? '',
    pid: process.pid,
    grpc: ports.grpc,
    http: ports.http,
    databaseUrl: database.url,
    token,
  };
  const file = upFile(folder.path);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(up), { mode: 0o600 });
}
