import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane';
import { startGitServer } from './git-server';

let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
});
afterAll(() => cluster?.stop());

describe('the Git server', () => {
  test('serves what was pushed to it', async () => {
    const url = await (await startGitServer(cluster)).create('cluster');
    const [one, other] = [mkdtempSync(join(cluster.dir, 'one-')), mkdtempSync(join(cluster.dir, 'other-'))];
    const identity = ['-c', 'user.name=Operator', '-c', 'user.email=operator@example.org'];
    const git = (folder: string, ...args: readonly string[]) =>
      promisify(execFile)('git', ['-C', folder, ...identity, ...args]);
    // Larger than what git sends in one piece.
    const text = 'line\n'.repeat(500_000);
    writeFileSync(join(one, 'file'), text);
    await git(one, 'init', '--quiet', '--initial-branch=main');
    await git(one, 'add', '.');
    await git(one, 'commit', '--quiet', '--message', 'Add a file');
    await git(one, 'push', '--quiet', url, 'main');
    await git(other, 'clone', '--quiet', url, '.');

    expect(readFileSync(join(other, 'file'), 'utf8')).toBe(text);
    await expect(git(other, 'clone', '--quiet', `${url}x`, 'x')).rejects.toThrow('not found');
  });
});
