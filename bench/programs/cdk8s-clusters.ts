import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';

// Writes the objects of a file for any number of clusters with plain cdk8s.
const { CDK8S_OUTDIR = 'dist', CLUSTERS, OBJECTS = '' } = process.env;
const objects = readFileSync(OBJECTS, 'utf8');
for (let index = 0; index < Number(CLUSTERS); index += 1) {
  const app = new App({ outdir: join(CDK8S_OUTDIR, `cluster-${index}`) });
  const chart = new Chart(app, 'bundle');
  const own = JSON.parse(objects.replaceAll('cluster-0.example.org', `cluster-${index}.example.org`));
  for (const [number, object] of own.entries()) new ApiObject(chart, `object-${number}`, object);
  app.synth();
}
