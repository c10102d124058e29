import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { codeBlock } from '../../support/code-block';
import { parseOutput } from '../../support/outputs';
import { eggtooth, type Run } from './eggtooth';
import { type Stage, startStage } from './stage';

/** Users of the two fixtures below. */
export const [REQUESTER, APPROVER] = ['certificate-requester', 'certificate-approver'];
/** Files with the least rights of each. */
export const REQUESTER_RIGHTS = 'test/fixtures/rbac/requester.yaml';
export const APPROVER_RIGHTS = 'test/fixtures/rbac/approver.yaml';

/** What `request -o json` prints. */
export interface Requested {
  readonly name: string;
  readonly uid: string;
  readonly user: string;
  readonly sha256: string;
  readonly state: string;
  readonly unchanged: boolean;
}

/** A stage with two people on it, each with a kubeconfig and only the permissions that they need. */
export interface TwoPeople {
  readonly stage: Stage;
  readonly requester: string;
  readonly approver: string;
  kubectl(...args: string[]): Promise<string>;
  /** A new path for a key file. */
  newKeyFile(): string;
  request(keyFile: string, ...flags: string[]): Promise<Run>;
  approve(name: string, ...flags: string[]): Promise<Run>;
  collect(keyFile: string, ...rest: string[]): Promise<Run>;
  /** {@link TwoPeople.request}, which must succeed. */
  requested(keyFile: string, ...flags: string[]): Promise<Requested>;
  /** The SHA-256 that two people compare, computed with kubectl as the documentation says. */
  digestOf(name: string): Promise<string>;
  /** Deletes a request, and creates it again with the same bytes and other fields of its spec, as an administrator. */
  recreate(name: string, spec: object): Promise<void>;
  /** Types of the conditions of a request. */
  conditionsOf(name: string): Promise<readonly string[]>;
}

/** Starts the stage, and grants both their permissions. */
export async function startTwoPeople(): Promise<TwoPeople> {
  const stage = await startStage();
  const { cluster, bundle } = stage;
  await cluster.apply(REQUESTER_RIGHTS);
  await cluster.apply(APPROVER_RIGHTS);
  const requester = await cluster.kubeconfigFor({ user: REQUESTER });
  const approver = await cluster.kubeconfigFor({ user: APPROVER });
  const request = (keyFile: string, ...flags: string[]) =>
    eggtooth(['request', bundle, '--key-out', keyFile, '--kubeconfig', requester, ...flags]);
  return {
    stage,
    requester,
    approver,
    kubectl: (...args) => cluster.kubectl(args),
    newKeyFile: () => join(mkdtempSync(join(cluster.dir, 'keys-')), 'tls.key'),
    request,
    approve: (name, ...flags) => eggtooth(['approve', bundle, name, '--kubeconfig', approver, ...flags]),
    collect: (keyFile, ...rest) => eggtooth(['collect', bundle, '--key', keyFile, '--kubeconfig', requester, ...rest]),
    async requested(keyFile, ...flags) {
      const { code, stdout, stderr } = await request(keyFile, '-o', 'json', ...flags);
      expect(stderr).toMatch(/^next[:,] /);
      expect(code).toBe(0);
      return parseOutput('request', { stdout });
    },
    async digestOf(name) {
      const [, template = ''] = /jsonpath='([^']+)'/.exec(codeBlock('docs/cli.md', 'digest')) ?? [];
      const lines = await cluster.kubectl(['get', 'csr', name, '-o', `jsonpath=${template}`]);
      return createHash('sha256').update(lines).digest('hex');
    },
    async recreate(name, spec) {
      const found = JSON.parse(await cluster.kubectl(['get', 'csr', name, '-o', 'json']));
      const { request, signerName, usages } = found.spec;
      const { apiVersion, kind } = found;
      const again = { apiVersion, kind, metadata: { name }, spec: { request, signerName, usages, ...spec } };
      await cluster.kubectl(['delete', 'csr', name]);
      await cluster.kubectl(['create', '-f', '-'], JSON.stringify(again));
    },
    async conditionsOf(name) {
      const { status } = JSON.parse(await cluster.kubectl(['get', 'csr', name, '-o', 'json']));
      return (status.conditions ?? []).map(({ type }: { type: string }) => type);
    },
  };
}

/** One error for people, at the end of what was said. */
export function expectError({ code, stderr }: Run, errorCode: string, says: string, exitCode = 1): void {
  expect(stderr).toContain(says);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/\n {2}fix: \S/);
  expect(stderr).toMatch(new RegExp(`\n {2}code: ${errorCode}\n$`));
  expect(code).toBe(exitCode);
}
