/** What a page says of which no more than its first script has come. */
export const notLoaded = {
  title: 'This page could not be loaded completely',
  means: 'A part of it did not arrive. No file was sent, changed or saved.',
  next: 'Check the network, then try again.',
  tryAgain: 'Try again',
  stillNot: 'This site still gives no answer.',
} as const;
