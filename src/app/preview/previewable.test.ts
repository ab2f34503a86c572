import { expect, test } from 'vitest';
import { endingsWithPreview, previewTypeOf } from '../../transfer/preview/types.ts';
import { isPreviewable } from './previewable.ts';

test('a preview is offered for exactly the names that have one', () => {
  expect(endingsWithPreview.length).toBeGreaterThan(80);
  for (const ending of endingsWithPreview) {
    expect(isPreviewable(`a.${ending}`), ending).toBe(true);
    expect(isPreviewable(`a.${ending.toUpperCase()}`), ending).toBe(true);
    expect(isPreviewable(`a.${ending}x`), ending).toBe(previewTypeOf(`a.${ending}x`) !== undefined);
    expect(isPreviewable(`${ending}`), ending).toBe(false);
  }
  for (const ending of ['exe', 'zip', 'docx', 'constructor', 'mp', 'hpp ', 'tsvx', 'x', '']) {
    expect(isPreviewable(`a.${ending}`), ending).toBe(previewTypeOf(`a.${ending}`) !== undefined);
  }
});
