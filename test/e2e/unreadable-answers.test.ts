import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ForgedAnswer } from './support/api-proxy';
import { eggtooth, type Run } from './support/eggtooth';
import { findKeys } from './support/key-forms';
import { forget, nameOf, type ProxiedStage, secretsOf, startProxiedStage } from './support/proxied-stage';

let stage: ProxiedStage;
beforeAll(async () => {
  stage = await startProxiedStage();
});
afterAll(() => stage?.stop());
beforeEach(async () => {
  stage.proxy.reset();
  await forget(stage);
});

const run = (command: string, ...args: string[]) =>
  eggtooth([command, stage.bundle, ...args, '--kubeconfig', stage.kubeconfig]);

/** JSON that does not end. */
function* endless(): Iterable<Buffer> {
  yield Buffer.from('{"items":["');
  for (;;) yield Buffer.alloc(1 << 20, 'x');
}

/** Answers that cannot be read, and how the error describes them. */
const ANSWERS: readonly (readonly [name: string, answer: ForgedAnswer, says: string])[] = [
  [
    'an HTML page',
    { status: 200, contentType: 'text/html', body: '<html><body>Please log in</body></html>' },
    'answered something other than a JSON object (200)',
  ],
  [
    'an HTML page of a gateway',
    { status: 502, contentType: 'text/html', body: '<html><h1>Bad Gateway</h1></html>' },
    'failed (502)',
  ],
  ['nothing', { status: 200, body: '' }, 'answered nothing (200)'],
  [
    'truncated JSON',
    { status: 200, body: '{"metadata":{"name":"x","uid":"1"},"spec":{"request":"LS0t' },
    'answered something other than a JSON object (200)',
  ],
  ['JSON other than an object', { status: 200, body: '"yes"' }, 'answered something other than a JSON object (200)'],
  ['null', { status: 201, body: 'null' }, 'answered something other than a JSON object (201)'],
  [
    'an endless body',
    { status: 200, body: { [Symbol.iterator]: () => endless()[Symbol.iterator]() } },
    'answered more than 64 MiB (200)',
  ],
];

/** The steps of `issue` that the API server answers itself, not through its proxy. */
const STEPS = [
  'read Secret eggtooth-system',
  'try to write Secret eggtooth-shop',
  'create the request',
  'read the request',
  'write Secret eggtooth-shop',
  'request reconciliation eggtooth-system',
];

function expectTyped({ code, stderr }: Run, says: string, errorCode = 'ERR_EGGTOOTH_API'): void {
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toContain(`the API server ${stage.proxy.url} ${says}`);
  expect(stderr).toMatch(/\n {2}fix: \S/);
  expect(stderr).toMatch(new RegExp(`\n {2}code: ${errorCode}\n$`));
  expect(stderr).not.toMatch(/internal error|^\s+at |log in|Gateway|LS0t|PRIVATE/m);
  expect(code).toBe(1);
}

describe.each(ANSWERS)('%s', (_, answer, says) => {
  test.each(STEPS)(
    'as the answer to: %s: issue fails with a typed error, and the next run completes it',
    async (step) => {
      stage.proxy.interfere((call, moment) => (moment === 'after' && nameOf(call) === step ? answer : 'pass'));

      expectTyped(await run('issue'), says);

      stage.proxy.interfere();
      expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });
      expect(await secretsOf(stage)).toHaveLength(2);
    },
  );

  test('as the answer to the approval: issue reads the request again, and uses the approval', async () => {
    stage.proxy.interfere((call, moment) =>
      moment === 'after' && nameOf(call) === 'approve the request' ? answer : 'pass',
    );

    expect(await run('issue')).toMatchObject({ code: 0, stderr: '' });
  });

  test('as every answer: status, request and approve fail with a typed error, and no key is made', async () => {
    const keyFile = join(mkdtempSync(join(stage.cluster.dir, 'keys-')), 'tls.key');
    stage.proxy.interfere(() => answer);

    const runs = [await run('status'), await run('request', '--key-out', keyFile), await run('approve', 'x')];

    for (const one of runs) expectTyped(one, says);
    expect(existsSync(keyFile)).toBe(false);
  });
});

test('status does not wait for the end of an endless answer', async () => {
  const [, answer] = ANSWERS.at(-1) ?? [];
  stage.proxy.interfere(() => answer ?? 'drop');
  const start = Date.now();

  await run('status');

  expect(Date.now() - start).toBeLessThan(10_000);
});

test('an error contains no key when the answer repeats the Secret', async () => {
  let key = '';
  stage.proxy.interfere((call, moment) => {
    if (moment !== 'after' || nameOf(call) !== 'write Secret eggtooth-shop') return 'pass';
    key = JSON.parse(call.body).data['tls.key'];
    return { status: 500, contentType: 'text/html', body: `<pre>${call.body}</pre>` };
  });

  const { stdout, stderr, code } = await run('issue');

  const pem = Buffer.from(key, 'base64').toString();
  const pkcs8 = Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64');
  expect(pkcs8.length).toBeGreaterThan(100);
  expect(findKeys(stdout + stderr, [pkcs8])).toEqual([]);
  expect(stderr).toContain('code: ERR_EGGTOOTH_API');
  expect(code).toBe(1);
});
