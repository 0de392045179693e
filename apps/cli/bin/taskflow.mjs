#!/usr/bin/env node
// Starts the built command line on Node >= 22.19: the caller's own, or the one that npm installed in this repository.
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
const pinnedNode = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
const recent = major > 22 || (major === 22 && minor >= 19);

if (!existsSync(main)) {
  console.error('taskflow: the command line has not been built; run: npm run build');
  process.exit(1);
} else if (recent) {
  await import(main.href);
} else if (existsSync(pinnedNode)) {
  // Over the channel the child notices when this process is killed.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(pinnedNode, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio });
  // The terminal signals the whole process group; a supervisor signals this process alone, so pass its TERM on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
} else {
  console.error(`taskflow: needs Node 22.19 or newer, this is ${process.version}; run: npm ci`);
  process.exit(1);
}
