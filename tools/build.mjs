// node tools/build.mjs: makes lib/. The build is written in TypeScript, which Node 20 does not run by itself.
import 'tsx';

await import('./build/main.ts');
