// Leaves the largest resident size of the process, in MB, in $PEAK_FILE.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.PEAK_FILE, `${process.resourceUsage().maxRSS / 1024}`));
