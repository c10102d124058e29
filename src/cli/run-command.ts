import { loadCommands } from './load-commands';
import { commandsIn, createProgram } from './program';
import { run } from './run';

loadCommands(commandsIn(process.argv.slice(2))).then((commands) => run(createProgram(commands)));
