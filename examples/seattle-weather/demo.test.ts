import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';

jest.setTimeout(90_000);

test('npm run demo runs the pipeline on real data, retries the refused push and leaves nothing running', async () => {
  const demo = spawn(process.execPath, [fileURLToPath(new URL('./demo.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(demo.stdout), text(demo.stderr), exit]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('seattle-weather 1: success (5/5 tasks)'),
  });

  expect(stdout).toContain('1461 days of weather in Seattle are in the table example.seattle_weather');
  expect(stdout).toContain('after 1 refused attempt (503) that was retried');
  expect(stdout).toContain('Seattle weather from 2012-01-01 to 2015-12-31: 4426 mm of rain in 1461 days');
  expect(stdout).toContain('the wettest day was 2015-03-15, with 55.9 mm');
  expect(stdout).toMatch(/seattle-weather\.publish +success +2$/m);
  expect(stdout).toMatch(/psql 'postgresql:.*v_task_instances/);
  expect(stdout).toMatch(/Done in \d+\.\d s; nothing is left running\.\n$/);

  const grpc = /--api (\S+)/.exec(stdout)?.[1]?.split(':') ?? [];
  await expect(connect(Number(grpc[1]))).rejects.toThrow('ECONNREFUSED');
});

async function connect(port: number): Promise<void> {
  const { createConnection } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
