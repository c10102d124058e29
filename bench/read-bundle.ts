import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import type { KubeObject } from '../src/kubernetes/kube-object';
import { readBundle as read } from '../src/kubernetes/read-bundle';
import type { Bench } from './bench';
import { compare, run } from './pairs';
import { compilePrograms, program, synth, withScratch } from './programs';

/** Size of the bundle in bytes. */
const SIZE = 10_000_000;

/** Reading a large bundle as Go does, and checking its rules, compared with the YAML library alone. */
export const readBundle: Bench = async (say) =>
  withScratch(async (scratch) => {
    compilePrograms();
    await run(synth('examples/cozystack/main.js', join(scratch, 'dist')));
    const FILE = join(scratch, 'large.yaml');
    writeFileSync(FILE, enlarge(Yaml.stringify(...read(join(scratch, 'dist')))));
    const ours = program('bench/programs/eggtooth-read.js', { FILE });
    const peer = program('bench/programs/yaml-read.js', { FILE });
    return [await compare({ name: 'reading and checking a bundle of 10 MB', ours, peer, pairs: 7, target: 2 }, say)];
  });

/** A bundle with more objects that have no part in the chain, as those of a platform. */
function enlarge(bundle: string): string {
  const parts = [bundle];
  for (let size = bundle.length, index = 0; size < SIZE; index++) {
    const part = Yaml.stringify(...applicationOf(`app-${index}`));
    parts.push(part);
    size += part.length + 4;
  }
  return parts.join('---\n');
}

function applicationOf(name: string): readonly KubeObject[] {
  const metadata = { name, namespace: 'apps', labels: { app: name, 'app.kubernetes.io/part-of': 'platform' } };
  const env = Array.from({ length: 10 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value ${index} of ${name}`,
  }));
  const container = { name: 'main', image: `registry.example/${name}:1.0.0`, env, ports: [{ containerPort: 8080 }] };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [container] } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.yaml': Yaml.stringify({ settings: env }) } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: { app: name } }, template },
    },
  ];
}
