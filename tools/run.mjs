// npm run demo | test | test:matrix | bench | imports: installs what is missing, then runs the command. Plain JavaScript
// without dependencies, because a fresh clone has none.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const COMMANDS = {
  demo: {
    says: 'boots a real node without a CNI, and has Flux install one: about 30 seconds',
    program: 'tools/demo/main.ts',
    sandboxed: true,
    build: ['--with-node'],
  },
  test: { says: 'runs all tests, some of them on real servers: about half an hour', program: 'tools/test.ts' },
  'test:matrix': {
    says: 'runs tests with four versions of Kubernetes: about 10 minutes, and 20 more to build the other three once',
    program: 'tools/matrix/main.ts',
  },
  bench: {
    says: 'compares the speed of eggtooth with its peers: about 10 minutes',
    program: 'bench/main.ts',
    sandboxed: true,
    build: ['--with-node'],
  },
  imports: { says: "generates imports/ from Flux's API modules: about a minute", program: 'tools/crds/generate.ts' },
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) fail(`usage: node tools/run.mjs ${Object.keys(COMMANDS).join(' | ')}`);

say(`npm run ${name}: ${command.says}.`);
say('The first run on a machine builds etcd, Kubernetes, Flux and helm from source: 15 to 20 minutes more.');
checkTools();
if (!installed()) run('installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
if (name !== 'imports') run('building eggtooth', process.execPath, ['tools/build.mjs']);

const program = [process.execPath, '--import', 'tsx', command.program, ...args];
process.exitCode = spawn(command.sandboxed ? [...sandbox(), ...program] : program).status ?? 1;

function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node 20.19 or later is required, found ${process.versions.node}`);
  for (const [tool, why] of [
    ['go', 'Go 1.26 or later, which builds the servers: https://go.dev/dl'],
    ['git', 'git'],
    ['openssl', 'openssl, which the benchmarks compare with'],
  ]) {
    const found = process.env.PATH?.split(delimiter).some((folder) => existsSync(join(folder, tool)));
    if (!found) fail(`${tool} is not on the PATH\n  fix: install ${why}`);
  }
}

function installed() {
  const [lock, marker] = ['package-lock.json', 'node_modules/.package-lock.json'];
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs;
}

function sandbox() {
  if (process.platform !== 'linux') fail(`npm run ${name} requires Linux: the servers run in their own namespaces`);
  const build = spawn(
    [process.execPath, '--import', 'tsx', 'tools/control-plane/build.ts', ...(command.build ?? [])],
    ['ignore', 'ignore', 'inherit'],
  );
  const path = spawn(
    [process.execPath, '--import', 'tsx', 'tools/control-plane/build.ts', 'sandbox'],
    ['ignore', 'pipe', 'inherit'],
  );
  if (build.status !== 0 || path.status !== 0) process.exit(1);
  return [path.stdout.toString().trim()];
}

function run(what, program, programArgs) {
  say(`${what} ...`);
  if (spawn([program, ...programArgs], ['ignore', 2, 2]).status !== 0) fail(`${what} failed`);
}

function spawn([program, ...programArgs], stdio = 'inherit') {
  return spawnSync(program, programArgs, { stdio });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`error: ${text}`);
  process.exit(1);
}
