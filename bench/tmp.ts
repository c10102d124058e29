import { synthBundle } from './synth-bundle';
import { synthClusters } from './synth-clusters';
import { printTable } from './table';
const all = async () => { const m = [...(await synthBundle((t) => console.error(t))), ...(await synthClusters((t) => console.error(t)))]; console.log(printTable(m)); };
all().catch((e) => { console.error(e); process.exitCode = 1; });
