#!/usr/bin/env node
/** `s3-envelope`: the command line. */
import { main } from './cli/program.ts';

await main(process.argv.slice(2));
