// Builds the named programs, by default those of a cluster without a real node, and prints their paths. With --with-
// node it
// also provides what a real node needs, if one can run on this machine.
//   node --import tsx tools/control-plane/build.ts [--with-node] [NAME...]
import { ensureNode } from './ensure-node';
import { ensurePrograms } from './ensure-programs';
import { clusterPrograms, type ProgramName, programNames } from './programs';

const withNode = process.argv.includes('--with-node');
const names = process.argv.slice(2).filter((arg) => arg !== '--with-node');

async function build(): Promise<void> {
  const paths = await ensurePrograms(names.length > 0 ? (names as ProgramName[]) : clusterPrograms);
  if (withNode) {
    await ensureNode();
  }
  console.log(Object.values(paths).join('\n'));
}

const unknown = names.filter((name) => !programNames.includes(name as ProgramName));
if (unknown.length > 0) {
  console.error(`no such program: ${unknown.join(', ')}; there are ${programNames.join(', ')}`);
  process.exitCode = 2;
} else {
  build().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
