import { describe, expect, it } from 'vitest';
import { createSpeedMeter } from './speed.ts';

describe('createSpeedMeter', () => {
  it('invents nothing before it has seen enough', () => {
    let now = 0;
    const meter = createSpeedMeter(() => now);
    expect(meter.speed()).toBeUndefined();
    meter.update(0);
    now = 500;
    meter.update(1_000_000);
    expect(meter.speed()).toBeUndefined();
  });

  it('tells bytes per second over the last five seconds', () => {
    let now = 0;
    const meter = createSpeedMeter(() => now);
    for (let second = 0; second <= 20; second++) {
      now = second * 1000;
      // Ten seconds at 1 MB/s, then at 3 MB/s.
      meter.update(second <= 10 ? second * 1e6 : 10e6 + (second - 10) * 3e6);
    }
    expect(meter.speed()).toBeCloseTo(3e6, -4);
  });

  it('falls when nothing moves', () => {
    let now = 0;
    const meter = createSpeedMeter(() => now);
    meter.update(0);
    now = 1000;
    meter.update(1e6);
    now = 4000;
    expect(meter.speed()).toBeCloseTo(250_000, -2);
  });

  it('is never negative when a request starts over', () => {
    let now = 0;
    const meter = createSpeedMeter(() => now);
    meter.update(5e6);
    now = 1000;
    meter.update(0);
    expect(meter.speed()).toBe(0);
  });
});
