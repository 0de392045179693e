import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Migration {
  /** Name of its folder: `0001_backbone`. */
  readonly name: string;
  readonly script: string;
  /** sha256 of the script in hex, as Prisma computes it. */
  readonly checksum: string;
}

/** The migrations that this version of the software brings, in the order in which they are applied. */
export function readMigrations(directory: string = migrationsDirectory()): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const script = readFileSync(join(directory, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    });
}

/** `prisma/migrations` above this file: in the repository, beside a bundle, and in the image alike. */
function migrationsDirectory(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const candidate = join(at, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (at === dirname(at)) throw new Error(`No folder prisma/migrations above ${import.meta.dirname}.`);
  }
}
