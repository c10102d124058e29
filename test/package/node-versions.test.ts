import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFolder } from './support/node-binary';
import { checkout, run } from './support/run';

/** The oldest one of `engines`, and the newest of each line. */
const VERSIONS = ['20.19.0', '22.23.3', '24.21.0'];

/** Loaded into every Node of a synth: writes down which version ran what. */
const WITNESS = `require('node:fs').appendFileSync(process.env.WITNESS_FILE,
  JSON.stringify({ version: process.versions.node, program: process.argv[1] }) + '\\n');`;

interface Run {
  readonly version: string;
  readonly program?: string;
}

describe('cdk8s synth of examples/cozystack', () => {
  let scratch: string;
  let count = 0;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'eggtooth-node-versions-'));
    writeFileSync(join(scratch, 'witness.cjs'), WITNESS);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function synth(version: string): { yaml: string; runs: readonly Run[] } {
    const [bin, output, witness] = [
      nodeFolder(version),
      join(scratch, `out-${++count}`),
      join(scratch, `${count}.log`),
    ];
    const cli = join(checkout, 'node_modules/cdk8s-cli/bin/cdk8s');
    const env = {
      PATH: [bin, process.env.PATH].join(delimiter),
      NODE_OPTIONS: `--require ${join(scratch, 'witness.cjs')}`,
      WITNESS_FILE: witness,
    };
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const command = [join(bin, 'node'), cli, 'synth', '--no-check-upgrade', '--output', output];
    run(join(checkout, 'examples/cozystack'), 'env', ...settings, ...command);
    const files = readdirSync(output);
    expect(files).toEqual([expect.stringContaining('0000-cozystack-crds'), '0001-cozystack.k8s.yaml']);
    return {
      yaml: files.map((file) => readFileSync(join(output, file), 'utf8')).join('---\n'),
      runs: readRuns(witness),
    };
  }

  function readRuns(file: string): readonly Run[] {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  test.each(VERSIONS)('runs on Node %s', (version) => {
    const { runs } = synth(version);

    expect(new Set(runs.map((one) => one.version))).toEqual(new Set([version]));
    expect(runs.map(({ program }) => program)).toContain(join(checkout, 'examples/cozystack/main.js'));
  });

  test('writes the same bytes in every run, on every version', () => {
    const outputs = [...VERSIONS, ...VERSIONS].map((version) => synth(version).yaml);

    expect(outputs[0]).toContain('kind: HelmRepository');
    expect(new Set(outputs).size).toBe(1);
  });
});
