import { readFileSync } from 'node:fs';
import { ApiObject, App, Chart } from 'cdk8s';

// Writes the objects of a file, which are those of a bundle with CRDs, with plain cdk8s.
const { crds, others } = JSON.parse(readFileSync(process.env.OBJECTS ?? '', 'utf8'));
const app = new App();
const bundle = new Chart(app, 'cozystack');
const first = new Chart(bundle, 'crds');
for (const [index, object] of crds.entries()) new ApiObject(first, `object-${index}`, object);
for (const [index, object] of others.entries()) new ApiObject(bundle, `object-${index}`, object);
app.synth();
