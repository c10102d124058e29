import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { workspace } from './support/workspace';

const ESCAPE = '\u001b';

describe('wrong use exits 2, says what is wrong and where help is', () => {
  test.each([
    ['an unknown command', ['brew'], "unknown command 'brew'"],
    ['a command in another spelling', ['isue'], '(Did you mean issue?)'],
    ['an unknown flag', ['issue', '--force'], "unknown option '--force'"],
    ['an unknown flag of csr', ['csr', '--key-out', 'k', '--kubeconfig', 'x'], "unknown option '--kubeconfig'"],
    ['two bundles', ['csr', 'a', 'b', '--key-out', 'k'], 'too many arguments'],
    ['csr without --key-out', ['csr'], "required option '--key-out <file>' not specified"],
    ['--key-out without a value', ['csr', '--key-out'], "option '--key-out <file>' argument missing"],
    ['a duration of 5 minutes', ['csr', '--key-out', 'k', '--duration', '5m'], 'Kubernetes takes no less than 10m.'],
    ['a duration of 0', ['issue', '--duration', '0s'], 'Kubernetes takes no less than 10m.'],
    ['a duration that is no time', ['issue', '--duration', 'x'], 'Write a number and s, m, h or d.'],
    ['a duration without a unit', ['issue', '--duration', '3600'], 'Write a number and s, m, h or d.'],
    ['a negative duration', ['issue', '--duration', '-1h'], 'Write a number and s, m, h or d.'],
    ['a duration beyond what Kubernetes stores', ['issue', '--duration', '25000d'], 'Kubernetes takes no more than'],
    ['an unknown kind of key', ['issue', '--key-algorithm', 'DSA'], 'Allowed choices are P-256, RSA, Ed25519.'],
    ['an unknown form of output', ['issue', '--output', 'xml'], 'Allowed choices are text, json, yaml.'],
    ['request without --key-out', ['request'], "required option '--key-out <file>' not specified"],
    ['approve without a name', ['approve'], "missing required argument 'name'"],
    ['approve with a hash that is none', ['approve', 'x', '--expect', 'A'.repeat(64)], 'Write 64 digits of lower-case'],
    ['collect without --key', ['collect'], "required option '--key <file>' not specified"],
    ['status in an unknown form', ['status', '-o', 'xml'], 'Allowed choices are text, json, yaml, prometheus.'],
    ['no time to wait', ['issue', '--timeout', '0s'], 'Give at least 1s.'],
    ['migrate without a bundle', ['migrate'], "missing required argument 'old'"],
    ['migrate with one bundle', ['migrate', 'old'], "missing required argument 'new'"],
    ['no time to migrate', ['migrate', 'old', 'new', '--timeout', '0m'], 'Give at least 1s.'],
    ['no time at all', ['up', '--timeout', '0s'], 'Give at least 1s.'],
    ['an unknown flag of up', ['up', '--wait'], "unknown option '--wait'"],
  ])('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await workspace().eggtooth(args);

    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(says);
    expect(stderr).toContain('--help');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('no command: the help, on standard error', async () => {
    const { code, stdout, stderr } = await workspace().eggtooth([]);

    expect(stderr).toContain('Usage: eggtooth');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('help and version exit 0, on standard output', () => {
  test.each([
    [['--help'], ['Usage: eggtooth', 'csr', 'issue', 'up']],
    [['-h'], ['Usage: eggtooth']],
    [['help'], ['Usage: eggtooth']],
    [['help', 'issue'], ['Usage: eggtooth issue']],
    [
      ['issue', '--help'],
      ['Usage: eggtooth issue', '--kubeconfig', '--context', '--dry-run', '--duration'],
    ],
    [
      ['up', '--help'],
      ['Usage: eggtooth up', '--kubeconfig', '--context', '--dry-run', '--duration', '(default: 5m)'],
    ],
    [
      ['csr', '--help'],
      ['Usage: eggtooth csr', '--key-out <file>', 'never overwritten'],
    ],
    [
      ['migrate', '--help'],
      ['Usage: eggtooth migrate', '<old> <new>', '--clean-up', '--dry-run', '--timeout'],
    ],
    [['--version'], [version]],
    [['-V'], [version]],
  ])('%j', async (args, says) => {
    const { code, stdout, stderr } = await workspace().eggtooth(args);

    for (const text of says) expect(stdout).toContain(text);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('the version is the one line of the package', async () => {
    expect((await workspace().eggtooth(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('without a terminal', () => {
  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['nothing set', {}],
    ['a terminal that knows colours', { TERM: 'xterm-256color' }],
  ])('no escape codes and no progress: %s', async (_, env) => {
    const place = workspace();
    const csr = await place.eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key'], { env });
    const issue = await place.eggtooth(['issue', 'bundle.yaml', '--kubeconfig', 'missing'], { env });
    const help = await place.eggtooth(['issue', '--help'], { env });

    expect(csr).toMatchObject({ code: 0, stderr: '' });
    expect(issue.stderr.match(/^error: /gm)).toHaveLength(1);
    for (const { stdout, stderr } of [csr, issue, help]) expect(stdout + stderr).not.toContain(ESCAPE);
  });
});

describe('a reader of standard output that goes away', () => {
  test.each([
    ['csr', ['csr', 'bundle.yaml', '--key-out', 'tls.key']],
    ['help', ['issue', '--help']],
    ['version', ['--version']],
  ])('ends %s without a stack trace', async (_, args) => {
    const { folder } = workspace();
    const child = spawn(process.execPath, [resolve('lib/eggtooth.js'), ...args], { cwd: folder });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');

    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('standard output that cannot be written', () => {
  test('gives one error', async () => {
    const { folder } = workspace();
    const stdio: StdioOptions = ['ignore', openSync('/dev/full', 'w'), 'pipe'];
    const { status, stderr } = spawnSync(process.execPath, [resolve('lib/eggtooth.js'), '--version'], {
      cwd: folder,
      stdio,
      encoding: 'utf8',
    });

    expect(stderr).toBe('error: the output cannot be written (ENOSPC)\n');
    expect(status).toBe(1);
  });
});
