import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { kubernetesMinors, kubernetesVersions } from '../control-plane/kubernetes-versions';
import type { MatrixResult } from './result';
import { matrixTests } from './tests';

const file = 'docs/compatibility.md';

/** Writes what the tests found. Rows of versions without a new result stay. */
export function writePage(results: readonly MatrixResult[]): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const rows = kubernetesMinors.flatMap((minor) => {
    const version = kubernetesVersions[minor];
    const result = results.find((one) => one.minor === minor);
    const known = before.split('\n').filter((line) => line.startsWith(`| ${version} |`));
    return result ? [`| ${version} | ${result.passed} | ${result.failed} | ${result.skipped} |`] : known;
  });
  writeFileSync(file, page(rows));
}

function page(rows: readonly string[]): string {
  const tests = matrixTests.map(({ covers }) => `- ${covers}`);
  const [, oldest = ''] = /v([\d.]+)/.exec(rows[0] ?? '') ?? [];
  return `# Compatibility

Kubernetes ${oldest} is the oldest version that eggtooth is tested with. The admission policy of the renewal job needs
Kubernetes 1.30 in any case.

Each version of Flux has a minimum of its own, and \`flux check\` reports it: Flux 2.9 requires Kubernetes 1.33, and
Flux 2.10 requires Kubernetes 1.35.2. Choose the version of Flux with \`flux.version\`.

## What the tests found

\`npm run test:matrix\` ran these tests with the API server and the controller manager of each version, and wrote this page:

${tests.join('\n')}

| Kubernetes | passed | failed | skipped |
|---|---|---|---|
${rows.join('\n')}

The charts are read by the source-controller of the newest Flux that eggtooth knows. \`npm test\` runs all tests, those with a
real node included, on Kubernetes ${kubernetesVersions['1.36']} only.
`;
}
