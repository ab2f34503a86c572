import { S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
export async function postObject(_x: Exchange): Promise<void> {
  throw new S3Error('NotImplemented');
}
