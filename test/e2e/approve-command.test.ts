import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eggtooth, type Run } from './support/eggtooth';
import { forget } from './support/proxied-stage';
import { readRights, takeAway } from './support/rights';
import { APPROVER, APPROVER_RIGHTS, expectError, startTwoPeople, type TwoPeople } from './support/two-people';

const QUESTION = 'Type yes to approve: ';

let people: TwoPeople;
beforeAll(async () => {
  people = await startTwoPeople();
});
afterAll(() => people?.stage.stop());
beforeEach(() => forget(people.stage));

/** Runs approve on a terminal and types an answer; something can happen in the meantime. */
function approveOnTerminal(name: string, typed: string, meanwhile = async () => {}): Promise<Run> {
  const args = [resolve('lib/eggtooth.js'), 'approve', people.stage.bundle, name, '--kubeconfig', people.approver];
  const command = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
  return new Promise((settle, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const isFirst = !stdout.includes(QUESTION);
      stdout += text;
      if (isFirst && stdout.includes(QUESTION)) meanwhile().then(() => child.stdin.end(typed), reject);
    });
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) => settle({ code, stdout, stderr: '' }));
  });
}

describe('approve', () => {
  test('prints the request, exits 2 and approves nothing without a terminal and without --expect', async () => {
    const { name, sha256 } = await people.requested(people.newKeyFile());

    const run = await people.approve(name);

    expectError(run, 'ERR_EGGTOOTH_OPTION', 'standard input is no terminal to ask on', 2);
    expect(run.stdout).toContain(`sha-256      ${sha256}\n`);
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test('prints the request on a terminal, asks, and approves after yes', async () => {
    const { name, sha256 } = await people.requested(people.newKeyFile());

    const { code, stdout } = await approveOnTerminal(name, 'yes\n');

    expect(stdout).toContain(`sha-256      ${sha256}`);
    expect(stdout.split('\u001b[2K').at(-1)?.trimEnd()).toBe('approved');
    expect(code).toBe(0);
    expect(await people.conditionsOf(name)).toEqual(['Approved']);
  });

  test.each([
    ['no', 'no\n'],
    ['Enter', '\n'],
    ['the end of the terminal', ''],
  ])('approves nothing on a terminal after %s', async (_, typed) => {
    const { name } = await people.requested(people.newKeyFile());

    const { code, stdout } = await approveOnTerminal(name, typed);

    expect(stdout).toContain('was not approved: the answer was not yes');
    expect(code).toBe(1);
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test('approves nothing if the request is recreated with the same bytes during the review', async () => {
    const { name } = await people.requested(people.newKeyFile());
    const { apiVersion, kind, spec } = JSON.parse(await people.kubectl('get', 'csr', name, '-o', 'json'));
    const { request, signerName, usages } = spec;
    const again = { apiVersion, kind, metadata: { name }, spec: { request, signerName, usages } };

    const { code, stdout } = await approveOnTerminal(name, 'yes\n', async () => {
      await people.kubectl('delete', 'csr', name);
      await people.stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(again));
    });

    expect(stdout).toContain('code: ERR_EGGTOOTH_REQUEST_CHANGED');
    expect(code).toBe(1);
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test('refuses a request whose SHA-256 is not the one of --expect', async () => {
    const { name, sha256 } = await people.requested(people.newKeyFile());

    const run = await people.approve(name, '--expect', sha256.replace(/./g, '0'));

    expectError(run, 'ERR_EGGTOOTH_REQUEST_CHANGED', `its SHA-256 is ${sha256}; it was not approved`);
    expect(run.stdout).toBe('');
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test.each<readonly [what: string, spec: object]>([
    ['another uid and creator', {}],
    ['another duration', { expirationSeconds: 86_400 }],
    ['the duration left to the cluster', { expirationSeconds: undefined }],
  ])('refuses a request that was created again with the same bytes and %s', async (_, spec) => {
    const { name, sha256 } = await people.requested(people.newKeyFile(), '--duration', '2h');
    await people.recreate(name, { expirationSeconds: 7200, ...spec });

    const run = await people.approve(name, '--expect', sha256);

    expectError(run, 'ERR_EGGTOOTH_REQUEST_CHANGED', `is not the expected request: its SHA-256 is`);
    expect(run.stderr).not.toContain(`its SHA-256 is ${sha256}`);
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test.each([
    ['that is longer than --duration', ['--duration', '2h'], 'asks for 7200 s, not at most 3600 s'],
    ['that is left to the cluster', [], 'asks for the default duration of the cluster, not at most 3600 s'],
  ])('refuses a duration %s', async (_, flags, says) => {
    const { name, sha256 } = await people.requested(people.newKeyFile(), ...flags);

    const run = await people.approve(name, '--expect', sha256, '--duration', '1h');

    expectError(run, 'ERR_EGGTOOTH_REQUEST', says);
    expect(await people.conditionsOf(name)).toEqual([]);
  });

  test('reports that a request was approved before', async () => {
    const { name, sha256 } = await people.requested(people.newKeyFile());
    await people.kubectl('certificate', 'approve', name);

    expect(await people.approve(name, '--expect', sha256)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/approved already\n$/),
    });
  });

  test('reports a request that does not exist, and one whose name would change the URL', async () => {
    expectError(await people.approve('nobody'), 'ERR_EGGTOOTH_NOT_FOUND', 'there is no request of this name');
    const path = '../../../../api/v1/secrets';
    expectError(await people.approve(path), 'ERR_EGGTOOTH_BUNDLE', `has an invalid name: "${path}"`);
  });

  test.each([
    ['no name', [], "missing required argument 'name'"],
    ['an invalid SHA-256', ['x', '--expect', 'abc'], 'Write 64 lowercase hexadecimal digits.'],
  ])('exits 2 with %s', async (_, args, says) => {
    const { code, stderr } = await eggtooth(['approve', ...args, '--kubeconfig', people.approver]);

    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });
});

describe(`The permissions of ${APPROVER_RIGHTS}`, () => {
  test('allow no access to Secrets and no requests', async () => {
    for (const verb of ['get', 'list', 'create', 'patch']) {
      expect(await people.kubectl('auth', 'can-i', verb, 'secrets', '-A', '--as', APPROVER).catch(String)).not.toMatch(
        /^yes/,
      );
    }
    expect(await people.kubectl('auth', 'can-i', 'create', 'csr', '--as', APPROVER).catch(String)).not.toMatch(/^yes/);
  });

  test.each(readRights(APPROVER_RIGHTS).map((right) => [right.name, right] as const))(
    'are all needed: nothing is approved without %s',
    async (_, right) => {
      const { name, sha256 } = await people.requested(people.newKeyFile());
      const giveBack = await takeAway(people.stage.cluster, APPROVER, [right]);
      try {
        expectError(
          await people.approve(name, '--expect', sha256),
          'ERR_EGGTOOTH_FORBIDDEN',
          `Request ${name}: cannot `,
        );
        expect(await people.conditionsOf(name)).toEqual([]);
      } finally {
        await giveBack();
      }
    },
  );

  test('are not those of the requester, who cannot approve a request', async () => {
    const { name, sha256 } = await people.requested(people.newKeyFile());

    const run = await eggtooth([
      'approve',
      people.stage.bundle,
      name,
      '--expect',
      sha256,
      '--kubeconfig',
      people.requester,
    ]);

    expectError(run, 'ERR_EGGTOOTH_FORBIDDEN', 'cannot approve the request');
    expect(await people.conditionsOf(name)).toEqual([]);
  });
});
