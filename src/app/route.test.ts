import { expect, test } from 'vitest';
import { isLinkAddress } from './route.ts';

test.each([
  'https://files.example/#/open/abc',
  'https://files.example/#/open',
  'https://files.example/#open/abc',
  'https://files.example/%23/open/abc',
  'https://files.example/#%2Fopen%2Fabc',
  'https://files.example/%23%2Fopen%2Fabc',
  'https://files.example/%2523%252Fopen%252fabc',
  'https://files.example/app/index.html%2523/open/abc',
])('%s is a link', (address) => {
  expect(isLinkAddress(address)).toBe(true);
});

test.each([
  'https://files.example/',
  'https://files.example/#',
  'https://files.example/open/abc',
  'https://files.example/#/opening',
  'https://files.example/#/keys',
])('%s is none', (address) => {
  expect(isLinkAddress(address)).toBe(false);
});
