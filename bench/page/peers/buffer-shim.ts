/** bn.js and asn1.js, below client-browser, look for Node's global when they are loaded. */
import { Buffer } from 'buffer';

Object.assign(globalThis, { Buffer });
