import type { CloudOptions } from '../../local/cloud.ts';
import type { TestCloud } from '../fixtures.ts';
import { type Arrived, type FaultProxy, startFaultProxy } from './proxy.ts';

/** A cloud of the test's own, with a network before it that does as it is told, and tells what it passes on. */
export async function behindFaults(
  newCloud: (options: Partial<CloudOptions>) => Promise<TestCloud>,
  options: Partial<CloudOptions> = {},
  onArrived?: (what: Arrived) => void,
): Promise<{ cloud: TestCloud; proxy: FaultProxy }> {
  let proxy: FaultProxy | undefined;
  const cloud = await newCloud({
    ...options,
    standBefore: async (endpoint) => {
      proxy = await startFaultProxy(endpoint, { ...(onArrived && { onArrived }) });
      return proxy.endpoint;
    },
  });
  if (!proxy) throw new Error('nothing stands before the cloud');
  return { cloud, proxy };
}
