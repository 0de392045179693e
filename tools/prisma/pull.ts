// Brings prisma/schema.prisma up to date with the migrations. Run by `npm run db:pull`, which gives it an empty database.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'prisma/schema.prisma';
const HEADER = `// The schema as a document. Migrations are written by hand and come first: after a new one, \`npm run db:pull\` brings this
// file up to date, and \`npm run verify\` fails while the two differ. Views and check constraints are in the migrations alone.

`;
// Prisma's warnings about what its schema language cannot say; the header says it once.
const WARNING = /^\/\/\/ This (table|model) (contains|has) .*pris\.ly.*\n/gm;

execFileSync('prisma', ['migrate', 'deploy'], { stdio: 'inherit' });
execFileSync('prisma', ['db', 'pull', '--force'], { stdio: 'inherit' });
writeFileSync(FILE, HEADER + readFileSync(FILE, 'utf8').replace(HEADER, '').replaceAll(WARNING, ''));
