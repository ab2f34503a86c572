import { describe, expect, test } from 'vitest';
import { EnvelopeError, errorCodes } from '../../core/errors.ts';
import { addErrorTexts, type During, describeError, errorText } from './errors.ts';
import { owner } from './owner.ts';
import { ownerConsequences, ownerErrors } from './owner-errors.ts';

addErrorTexts(ownerErrors, ownerConsequences);

const actions: readonly During[] = [
  'start',
  'key',
  'list',
  'upload',
  'download',
  'share',
  'delete',
  'link',
  'preview',
];

describe.each(errorCodes)('%s', (code) => {
  test.each(actions)('says what happened, what it means and what to do (%s)', (during) => {
    for (const details of [{}, { header: 'ETag', field: 'bucket', needed: 5, available: 1, status: 503 }]) {
      const text = errorText(code, details, during);
      for (const part of [text.title, text.means, text.next]) {
        expect(part).toMatch(/^\S.*\S$/u);
        expect(part).not.toMatch(/undefined|\[object|NaN| {2}| [.,]|“”|\(\)/u);
      }
      expect(text.title).not.toMatch(/\.$/u);
      expect(text.means).toMatch(/\.$/u);
      expect(text.next).toMatch(/\.$/u);
    }
  });
});

test('names the header that CORS hides', () => {
  const error = new EnvelopeError('cors-header-hidden', 'x', { details: { header: 'x-amz-meta-x-amz-3' } });
  const { title, next } = describeError(error, 'download');
  expect(title).toContain('“x-amz-meta-x-amz-3”');
  expect(next).toContain('add “x-amz-meta-x-amz-3” to ExposeHeaders');
});

test('names the field of config.json', () => {
  const error = new EnvelopeError('config-invalid', 'x', { details: { field: 'links.days' } });
  expect(describeError(error, 'start').title).toBe('This site’s settings have a mistake in “links.days”');
});

test('says how much room is needed', () => {
  const error = new EnvelopeError('device-full', 'x', { details: { needed: 8.1e9, available: 5e8 } });
  expect(describeError(error, 'download').means).toMatch(
    /^8[.,]1 GB are needed; the browser grants this site 500[.,]0 MB more\./u,
  );
});

test('says what a page can take where nothing is put together on the disk', () => {
  const error = new EnvelopeError('device-full', 'x', { details: { needed: 8.1e9, inMemory: 256e6 } });
  const { means } = describeError(error, 'download');
  expect(means).toMatch(/^8[.,]1 GB are needed; a page’s memory takes up to 256[.,]0 MB\./u);
  expect(means).not.toContain('grants');
});

test('says how a key file is given once a browser has a key', () => {
  expect(errorText('no-key-fits', {}, 'download').next).toContain(owner.welcome.restore);
});

test('shows nothing of an error that is none of ours', () => {
  const { code, title, means } = describeError(new TypeError('secret detail'), 'upload');
  expect(code).toBe('internal-error');
  expect(title + means).not.toContain('secret');
});

test('tells what is stored already of an upload that can go on', () => {
  const error = new EnvelopeError('network-failed', 'x');
  expect(describeError(error, 'upload', '5.1 of 8.1 GB are stored already').means).toBe(
    'Nothing is lost: 5.1 of 8.1 GB are stored already.',
  );
});

test('what was to be replaced and has changed is not tried again, but asked about again', () => {
  expect(errorText('object-changed', {}, 'upload')).toMatchObject({
    again: false,
    next: expect.stringContaining('asked once more'),
  });
  expect(errorText('object-changed', {}, 'download').again).toBe(true);
});

test.each(['metadata-invalid', 'length-mismatch', 'checksum-mismatch', 'cors-header-hidden'] as const)(
  'what was stored wrongly (%s) can be sent again, since the bucket may have been mended',
  (code) => {
    expect(errorText(code, {}, 'upload').again).toBe(true);
    expect(errorText(code, {}, 'upload').next).not.toContain('Don’t trust this copy');
  },
);
