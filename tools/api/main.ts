// npm run api: brings api/ up to date, the reports of what the entry points export.
import { apiReports } from './reports';

for (const { file, changed, faults } of apiReports({ write: true })) {
  console.log(`api/${file}${changed ? ', changed' : ''}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
