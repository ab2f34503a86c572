/** What the page that opens a link says. */
export const link = {
  heading: 'Sent to you',
  lockedUntil: 'locked until you open it',
  openAndSave: 'Open and save',
  saveAll: 'Save all as one zip',
  saveAgain: 'Save again',
  opening: 'Looking the file up…',
  openingStill: 'No answer yet. It is asked for again by itself.',
  files: 'Files',
  saved: 'Saved. Every byte was checked against the seal.',
  savedNext: 'You find it where your browser puts downloads, or where you chose.',
  cancelled: 'Cancelled. Nothing was saved on this device.',
  progressOf: (name: string) => `Progress of ${name}`,
  openNamed: (name: string) => `Open and save ${name}`,
  previewNamed: (name: string) => `Preview ${name}`,
  promise:
    'Unlocked in this browser. The key came with the link and goes neither to this site nor to Amazon.',
  promiseTechnical: 'AES-256-GCM; the key is in the part of the address after #, which browsers do not send.',
  mangled:
    'On its way a program wrote %23 in place of #, so this link’s key was sent to the server of this site when the page loaded. The file opens all the same. If nobody else may ever read it, ask for a new link.',
  mangledTitle: 'This link was changed on the way',
  announceSaved: (name: string) => `${name} is saved and checked.`,
  announceFailed: (name: string, title: string) => `${name} was not saved. ${title}.`,
  announceProgress: (percent: string) => `${percent} fetched.`,
} as const;
