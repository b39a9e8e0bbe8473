// vue-tsc drives the compiler through its JavaScript API, which TypeScript 7 no longer has: it gets the newest one that does.
require('vue-tsc').run(require.resolve('typescript6/lib/tsc.js'));
