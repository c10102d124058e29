import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { expectError, workspace } from './support/workspace';

const ESCAPE = '\u001b';

describe('wrong use', () => {
  test.each([
    ['an unknown command', ['brew'], "unknown command 'brew'"],
    ['a command in another spelling', ['isue'], '(Did you mean issue?)'],
    ['an unknown option', ['issue', '--force'], "unknown option '--force'"],
    ['a cluster option of csr, which is offline', ['csr', '--key-out', 'k', '--kubeconfig', 'x'], "'--kubeconfig'"],
    ['--user of csr, which is offline', ['csr', '--key-out', 'k', '--user', 'x'], "unknown option '--user'"],
    ['a request timeout without a unit', ['up', '--request-timeout', '1.5'], 'Write numbers with units'],
    ['a negative request timeout', ['up', '--request-timeout=-1s'], 'Write numbers with units'],
    ['an extra field without a value', ['issue', '--as', 'a', '--as-user-extra', 'scopes'], 'Write KEY=VALUE.'],
    ['a cluster option of sign', ['sign', '--ca-cert', 'c', '--ca-key', 'k', '--kubeconfig', 'x'], "'--kubeconfig'"],
    ['sign without --ca-cert', ['sign', '--ca-key', 'k'], "required option '--ca-cert <file>' not specified"],
    ['sign without --ca-key', ['sign', '--ca-cert', 'c'], "required option '--ca-key <file>' not specified"],
    [
      'a longest duration that is no time',
      ['sign', '--ca-cert', 'c', '--ca-key', 'k', '--max-duration', '30'],
      'such as 90s, 1h30m or 30d.',
    ],
    ['rbac of sign, which asks no cluster', ['rbac', 'sign'], 'Allowed choices are issue, renew, revoke, status'],
    ['csr without --key-out', ['csr'], "required option '--key-out <file>' not specified"],
    ['--key-out without a value', ['csr', '--key-out'], "option '--key-out <file>' argument missing"],
    ['a duration of 5 minutes', ['csr', '--key-out', 'k', '--duration', '5m'], 'The minimum is 10m.'],
    ['a duration of 0', ['issue', '--duration', '0s'], 'The minimum is 10m.'],
    [
      'a duration that is not a time',
      ['issue', '--duration', 'x'],
      'Write numbers with units, such as 90s, 1h30m or 30d.',
    ],
    [
      'a duration without a unit',
      ['issue', '--duration', '3600'],
      'Write numbers with units, such as 90s, 1h30m or 30d.',
    ],
    [
      'a duration of two numbers without a unit in between',
      ['issue', '--duration', '1h30'],
      'such as 90s, 1h30m or 30d.',
    ],
    ['a duration with a fraction of a second', ['issue', '--duration', '1h500ms'], 'Write whole seconds.'],
    ['a timeout that Node.js cannot wait for', ['issue', '--timeout', '25d'], 'The maximum is 24d.'],
    ['a grace period that Node.js cannot wait for', ['revoke', '--grace', '1000h'], 'The maximum is 24d.'],
    ['a negative duration', ['issue', '--duration', '-1h'], 'Write numbers with units, such as 90s, 1h30m or 30d.'],
    ['a duration that Kubernetes cannot store', ['issue', '--duration', '25000d'], 'The maximum is 24855d.'],
    ['an unknown key algorithm', ['issue', '--key-algorithm', 'DSA'], 'Allowed choices are P-256, RSA, Ed25519.'],
    ['an unknown output format', ['issue', '--output', 'xml'], 'Allowed choices are text, json, yaml.'],
    ['request without --key-out', ['request'], "required option '--key-out <file>' not specified"],
    ['a bundle without a name for approve', ['approve', 'bundle.yaml'], 'the name of the request is missing'],
    ['a name that no bundle has', ['csr', 'bundle.yaml', '--key-out', 'k', '--bundle', 'x'], 'has the name "x"'],
    ['rbac without a command', ['rbac'], "missing required argument 'command'"],
    ['rbac of another command', ['rbac', 'up'], 'Allowed choices are issue, renew, revoke, status'],
    ['approve without a name', ['approve'], "missing required argument 'name'"],
    ['--expect in upper case', ['approve', 'x', '--expect', 'A'.repeat(64)], 'Write 64 lowercase hexadecimal digits.'],
    ['collect without --key', ['collect'], "required option '--key <file>' not specified"],
    ['an unknown output format of status', ['status', '-o', 'xml'], 'choices are text, json, yaml, prometheus.'],
    ['a timeout of 0', ['issue', '--timeout', '0s'], 'The minimum is 1s.'],
    ['migrate without a bundle', ['migrate'], "missing required argument 'old'"],
    ['migrate with one bundle', ['migrate', 'old'], "missing required argument 'new'"],
    ['a timeout of 0 for migrate', ['migrate', 'old', 'new', '--timeout', '0m'], 'The minimum is 1s.'],
    ['a timeout of 0 for up', ['up', '--timeout', '0s'], 'The minimum is 1s.'],
    ['an unknown link of up', ['up', '--until', 'pods'], 'Allowed choices are sources, releases, nodes.'],
    ['an unknown option of up', ['up', '--wait'], "unknown option '--wait'"],
    ['another value of --prune', ['up', '--prune=some', 'dist'], 'The only value is all.'],
    ['--prune of down', ['down', '--prune'], "unknown option '--prune'"],
    ['a timeout of 0 for down', ['down', '--timeout', '0s'], 'The minimum is 1s.'],
  ])('%s exits 2, with a fix and a code', async (_, args, says) => {
    expectError(await workspace().eggtooth(args), 'ERR_EGGTOOTH_OPTION', says, 2);
  });

  test('is fixed by the help of the command', async () => {
    const { stderr } = await workspace().eggtooth(['issue', '--force']);

    expect(stderr).toBe(
      [
        "error: unknown option '--force'",
        '  fix: run eggtooth issue --help to see its usage',
        '  code: ERR_EGGTOOTH_OPTION',
        '',
      ].join('\n'),
    );
  });

  test('without a command prints the help on standard error and exits 2', async () => {
    const { code, stdout, stderr } = await workspace().eggtooth([]);

    expect(stderr).toContain('Usage: eggtooth');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('a failure', () => {
  test('exits 1, with a fix and a code', async () => {
    const { code, stdout, stderr } = await workspace().eggtooth(['status', 'bundle.yaml', '--kubeconfig', 'missing']);

    expect(stderr).toMatch(
      /^error: the kubeconfig missing cannot be read \(ENOENT\)\n {2}fix: \S.*\n {2}code: ERR_EGGTOOTH_KUBECONFIG\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('help and version', () => {
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
      ['Usage: eggtooth up', '--kubeconfig', '--context', '--dry-run', '--duration', '--until', '(default: 30m)'],
    ],
    [
      ['csr', '--help'],
      ['Usage: eggtooth csr', '--key-out <file>', 'mode 0600'],
    ],
    [
      ['migrate', '--help'],
      ['Usage: eggtooth migrate', '<old> <new>', '--clean-up', '--dry-run', '--timeout'],
    ],
    [['--version'], [version]],
    [['-V'], [version]],
  ])('eggtooth %j exits 0 and prints to standard output', async (args, says) => {
    const { code, stdout, stderr } = await workspace().eggtooth(args);

    for (const text of says) expect(stdout).toContain(text);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('--version prints the version of the package and nothing else', async () => {
    expect((await workspace().eggtooth(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('without a terminal', () => {
  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['no variable', {}],
    ['a terminal that supports colors', { TERM: 'xterm-256color' }],
  ])('and with %s, no command prints escape codes or progress', async (_, env) => {
    const place = workspace();
    const csr = await place.eggtooth(['csr', 'bundle.yaml', '--key-out', 'tls.key'], { env });
    const issue = await place.eggtooth(['issue', 'bundle.yaml', '--kubeconfig', 'missing'], { env });
    const help = await place.eggtooth(['issue', '--help'], { env });

    expect(csr).toMatchObject({ code: 0, stderr: '' });
    expect(issue.stderr.match(/^error: /gm)).toHaveLength(1);
    for (const { stdout, stderr } of [csr, issue, help]) expect(stdout + stderr).not.toContain(ESCAPE);
  });
});

describe('a closed standard output', () => {
  test.each([
    ['csr', ['csr', 'bundle.yaml', '--key-out', 'tls.key']],
    ['help', ['issue', '--help']],
    ['version', ['--version']],
  ])('ends %s without an error', async (_, args) => {
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

describe.runIf(process.platform === 'linux')('a standard output that is full', () => {
  test('is reported as an error with a fix and a code', async () => {
    const { folder } = workspace();
    const stdio: StdioOptions = ['ignore', openSync('/dev/full', 'w'), 'pipe'];
    const { status, stderr } = spawnSync(process.execPath, [resolve('lib/eggtooth.js'), '--version'], {
      cwd: folder,
      stdio,
      encoding: 'utf8',
    });

    expect(stderr).toMatch(
      /^error: cannot write to standard output \(ENOSPC\)\n {2}fix: \S.*\n {2}code: ERR_EGGTOOTH_FILE\n$/,
    );
    expect(status).toBe(1);
  });
});
