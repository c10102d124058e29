import { readFileSync } from 'node:fs';
import { ApiObject, App, Chart } from 'cdk8s';

// The objects of a bundle with CRDs, as they are in a file: cdk8s makes them, and nothing else happens.
const { crds, others } = JSON.parse(readFileSync(process.env.OBJECTS ?? '', 'utf8'));
const app = new App();
const bundle = new Chart(app, 'cozystack');
const first = new Chart(bundle, 'crds');
for (const [index, object] of crds.entries()) new ApiObject(first, `object-${index}`, object);
for (const [index, object] of others.entries()) new ApiObject(bundle, `object-${index}`, object);
app.synth();
