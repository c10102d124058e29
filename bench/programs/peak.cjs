// Writes the peak resident memory of the process, in MB, to $PEAK_FILE.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.PEAK_FILE, `${process.resourceUsage().maxRSS / 1024}`));
