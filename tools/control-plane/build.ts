// Builds the programs named on the command line, or those of a cluster without a real node, and prints their paths:
//   node --import tsx tools/control-plane/build.ts [NAME...]
import { ensurePrograms } from './ensure-programs';
import { clusterPrograms, type ProgramName, programNames } from './programs';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !programNames.includes(name as ProgramName));
if (unknown.length > 0) {
  console.error(`no such program: ${unknown.join(', ')}; there are ${programNames.join(', ')}`);
  process.exitCode = 2;
} else {
  ensurePrograms(names.length > 0 ? (names as ProgramName[]) : clusterPrograms).then(
    (paths) => console.log(Object.values(paths).join('\n')),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
