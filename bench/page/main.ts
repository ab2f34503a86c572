import type { Bench } from './bench.ts';
import { connect } from './cloud.ts';
import * as download from './download.ts';
import * as longTasks from './long-tasks.ts';
import * as memory from './memory.ts';
import * as messages from './messages.ts';
import * as resume from './resume.ts';
import * as smallFiles from './small-files.ts';
import * as upload from './upload.ts';

const bench: Bench = {
  connect,
  ...memory,
  ...messages,
  ...upload,
  ...smallFiles,
  ...resume,
  ...download,
  ...longTasks,
};
Object.assign(globalThis, { bench });
