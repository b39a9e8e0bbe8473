import { config } from 'zod';

// Zod would compile its checks with `new Function`. The page's Content-Security-Policy refuses that, and reports each try; so it must be told
// before the first schema is made: main.ts imports this file before all others.
config({ jitless: true });
