import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { IssueResult } from '../../src/signing/issue-result';
import type { RenewResult } from '../../src/signing/renew';
import type { ReaderStatus } from '../../src/signing/status';
import { type BundleOptions, bundleObjects, writeBundle } from './support/bundle';
import { eggtooth, onlyItem } from './support/eggtooth';
import { forget, secretsOf } from './support/proxied-stage';
import { type Stage, startStage } from './support/stage';

const [MINUTE, DAY] = [60, 86_400];
/** What the signer adds at most. */
const BACKDATE = 300;

let stage: Stage;
let [week, year] = ['', ''];
beforeAll(async () => {
  stage = await startStage();
  week = bundle('week', { readerDuration: Duration.days(7) });
  year = bundle('year', {});
});
afterAll(() => stage?.stop());
beforeEach(() => forget(stage));

function bundle(name: string, options: Partial<BundleOptions>): string {
  return writeBundle(join(stage.cluster.dir, `${name}.yaml`), bundleObjects({ url: stage.cluster.url, ...options }));
}

const run = (command: string, file: string, ...flags: string[]) =>
  eggtooth([command, file, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json', ...flags]);

async function issueOk(file: string, ...flags: string[]): Promise<IssueResult> {
  const issued = await run('issue', file, ...flags);
  expect(issued).toMatchObject({ code: 0, stderr: '' });
  return onlyItem<IssueResult>('issue', issued);
}

const secondsOf = ({ notBefore, notAfter }: Pick<IssueResult, 'notBefore' | 'notAfter'>) =>
  (Date.parse(notAfter) - Date.parse(notBefore)) / 1000;

function expectDuration(result: Pick<IssueResult, 'notBefore' | 'notAfter'>, seconds: number): void {
  expect(secondsOf(result)).toBeGreaterThanOrEqual(seconds);
  expect(secondsOf(result)).toBeLessThanOrEqual(seconds + BACKDATE);
}

describe('the duration that a bundle states', () => {
  test.each<readonly [what: string, seconds: number, options: () => Partial<BundleOptions>]>([
    ['by its reader', 7 * DAY, () => ({ readerDuration: Duration.days(7) })],
    ['by its renewal', 2 * DAY, () => ({ renewal: { image: 'registry.example/a:1', duration: Duration.days(2) } })],
    ['by its renewal and a default', 7 * DAY, () => ({ renewal: { image: 'registry.example/a:1' } })],
  ])('%s is that of the first certificate, and of the next ones', async (what, seconds, options) => {
    const file = bundle(what.replaceAll(' ', '-'), options());

    const first = await issueOk(file);
    const again = await issueOk(file);

    expectDuration(first, seconds);
    expect(again).toMatchObject({ unchanged: true, fingerprint: first.fingerprint });
  });

  test('makes a certificate due at once that is valid for longer', async () => {
    expect(secondsOf(await issueOk(year))).toBeGreaterThan(100 * DAY);

    const status = onlyItem<ReaderStatus>('status', await run('status', week));
    const plan = await run('issue', week, '--dry-run');
    const next = await issueOk(week);

    expect(status.secrets.map(({ due }) => due)).toEqual([true, true]);
    expect(plan.stderr).toContain(
      'due, Secret eggtooth-system/assets-tls: its certificate is valid for longer than the',
    );
    expect(plan.stdout).toContain(`"expirationSeconds": ${7 * DAY}`);
    expectDuration(next, 7 * DAY);
    expect((await issueOk(week)).unchanged).toBe(true);
    expect((await issueOk(year)).unchanged).toBe(true);
  });

  test('is shortened by --duration, and the shorter certificate is not due for that', async () => {
    const short = await issueOk(week, '--duration', '1h');

    expectDuration(short, 60 * MINUTE);
    expect(await issueOk(week)).toMatchObject({ unchanged: true, fingerprint: short.fingerprint });
    const renewed = onlyItem<RenewResult>('renew', await run('renew', week, '--duration', '2h'));
    expect(renewed).toMatchObject({ result: 'not-due', fingerprint: short.fingerprint });
  });

  test.each(['issue', 'renew', 'up', 'issue --dry-run'])(
    'is never exceeded: %s refuses a longer --duration',
    async (command) => {
      const [name = '', ...flags] = command.split(' ');

      const { code, stdout, stderr } = await run(name, week, '--duration', '8d', ...flags);

      expect(stderr).toMatch(
        /^error: the duration 8d is longer than the 7d that the bundle states for the certificate of assets-reader\n {2}fix: .*\n {2}code: ERR_EGGTOOTH_OPTION\n$/,
      );
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(await secretsOf(stage)).toEqual([]);
    },
  );

  test('is in the request of csr', async () => {
    const [plain, short] = ['plain', 'short'].map((name) => join(stage.cluster.dir, `${name}.key`));

    const requests = [
      await eggtooth(['csr', week, '--key-out', plain ?? '']),
      await eggtooth(['csr', week, '--key-out', short ?? '', '--duration', '1d']),
    ];

    expect(requests.map(({ stdout }) => parse(stdout).spec.expirationSeconds)).toEqual([7 * DAY, DAY]);
    expect(readFileSync(plain ?? '', 'utf8')).toContain('PRIVATE KEY');
  });

  test('is in the request of request, and the longest that approve approves', async () => {
    const keys = ['own', 'long'].map((name) => join(stage.cluster.dir, `${name}.key`));
    const request = async (file: string, key = '') => JSON.parse((await run('request', file, '--key-out', key)).stdout);

    const [own, long] = [await request(week, keys[0]), await request(year, keys[1])];
    const refused = await run('approve', week, long.name, '--expect', long.sha256);
    const longer = await run('approve', week, own.name, '--expect', own.sha256, '--duration', '30d');
    const approved = await run('approve', week, own.name, '--expect', own.sha256);

    expect(own.expirationSeconds).toBe(7 * DAY);
    expect(refused.stderr).toContain(`asks for the default duration of the cluster, not at most ${7 * DAY} s`);
    expect(refused.code).toBe(1);
    expect(longer.code).toBe(2);
    expect(approved).toMatchObject({ code: 0 });
  });
});

describe('a clock of this machine that is wrong', () => {
  /** Makes the command line believe that it is later by some seconds. */
  const withClock = (seconds: number) => {
    const source = `
      const RealDate = Date;
      const now = () => RealDate.now() + ${seconds * 1000};
      globalThis.Date = class extends RealDate {
        constructor(...args) { if (args.length === 0) super(now()); else super(...args); }
        static now() { return now(); }
      };`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
  };

  test.each([-30 * DAY, -3600, 3600, 30 * DAY])(
    'by %i s makes nothing due, and no new certificate invalid',
    async (seconds) => {
      const at = (command: string, ...flags: string[]) =>
        eggtooth([command, week, '--kubeconfig', stage.cluster.kubeconfig, '-o', 'json', ...flags], {
          env: withClock(seconds),
        });

      const first = await at('issue');
      const [again, renewed, status] = [await at('issue'), await at('renew'), await at('status')];

      expect(first).toMatchObject({ code: 0, stderr: '' });
      const { fingerprint } = onlyItem<IssueResult>('issue', first);
      expect(onlyItem<IssueResult>('issue', again)).toMatchObject({ unchanged: true, fingerprint });
      expect(onlyItem<RenewResult>('renew', renewed)).toMatchObject({ result: 'not-due', fingerprint });
      const { secrets, problems } = onlyItem<ReaderStatus>('status', status);
      expect(problems).toEqual([]);
      expect(secrets.map(({ due, daysLeft }) => ({ due, daysLeft }))).toEqual([
        { due: false, daysLeft: 6 },
        { due: false, daysLeft: 6 },
      ]);
    },
  );

  test('collects a certificate that another person approved', async () => {
    const key = join(stage.cluster.dir, 'clock.key');
    const request = JSON.parse((await run('request', week, '--key-out', key)).stdout);
    expect(await run('approve', week, request.name, '--expect', request.sha256)).toMatchObject({ code: 0 });

    const collected = await eggtooth(['collect', week, '--key', key, '--kubeconfig', stage.cluster.kubeconfig], {
      env: withClock(-3600),
    });

    expect(collected).toMatchObject({ code: 0 });
    expect(await secretsOf(stage)).toHaveLength(2);
  });
});
