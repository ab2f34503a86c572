import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/**
 * Where Vite serves the unit tests, a PUT is answered with the SHA-256 of its body, in hex; after so many milliseconds
 * where its header `answer-after` says so.
 */
export function digestBodies(): Plugin {
  return {
    name: 'digest-bodies',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (request.method !== 'PUT') return next();
        const hash = createHash('sha256');
        request.on('data', (chunk: Buffer) => hash.update(chunk));
        const wait = Number(request.headers['answer-after'] ?? 0);
        request.on('end', () => setTimeout(() => response.end(hash.digest('hex')), wait));
      });
    },
  };
}
