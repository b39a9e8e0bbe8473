import { VERSION } from './version.ts';

process.stdout.write(`pikoci ${VERSION}\n`);
