import type { Bench } from './bench.ts';
import * as memory from './memory.ts';

const bench: Bench = { ...memory };
Object.assign(globalThis, { bench });
