// Reads the documents of FILE with the YAML library alone, as values of YAML 1.2.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

for (const document of parseAllDocuments(readFileSync(process.env.FILE ?? '', 'utf8'))) document.toJS();
