import { formatBytes, formatCount, formatDay } from '../format.ts';

const files = (count: number) => (count === 1 ? '1 file' : `${formatCount(count)} files`);

/** What the pages of the person who sends say. */
export const owner = {
  files,

  welcome: {
    question: 'Who holds the key?',
    personal: 'A key only I hold',
    personalHint:
      'Made here, in this browser. You keep a backup file of it; nobody else can open your files.',
    kms: 'AWS KMS',
    kmsHint: (label: string) =>
      `Your organisation’s key (${label}). Amazon keeps it and opens files for whoever your organisation allows.`,
    restore: 'I have a key file already',
    restoreHint: 'From another browser, or saved earlier.',
    continue: 'Continue',
    chooseKeyFile: 'Choose the key file',
    making: 'Making your key…',
    opening: 'Opening…',
    reading: 'Reading the key file…',
    technical: 'AES-256, client-side, in the format of the Amazon S3 Encryption Client.',
  },

  backup: {
    title: 'Save your key',
    lead: 'Your key is ready. Save a copy of it before you lock anything with it.',
    loss: 'Without this file, and without this browser, nobody can open your files again: not you, not this site, not Amazon. Nobody can reset this key.',
    secrecy:
      'Whoever has the file can open your files, so keep it where only you look: a password manager, or a stick in a drawer.',
    save: 'Save the key file',
    saveAgain: 'Save it once more',
    saved: 'The key file is saved.',
    confirm: (fileName: string) => `I see ${fileName} on my device`,
    continue: 'Go on to my files',
    file: 'Key file',
    mark: 'Mark (fingerprint)',
    back: 'Back',
  },

  keyChip: {
    personal: 'Your key',
    kms: 'AWS KMS',
  },

  key: {
    title: 'The key to your files',
    personalTitle: 'A key only you hold',
    personal:
      'It is kept in this browser, where this site can use it but can’t read it out. Nobody else has it.',
    backup: (fileName: string) =>
      `Its backup is the file “${fileName}”. You need it in another browser, or when this browser’s data is cleared.`,
    backupUnnamed: 'You need its backup file in another browser, or when this browser’s data is cleared.',
    kmsTitle: 'Your organisation’s key',
    kms: 'Amazon keeps it in AWS KMS, and opens files for whoever your organisation allows. There is nothing to back up.',
    mark: 'Mark (fingerprint)',
    kmsKey: 'Key (AWS KMS)',
    bucket: 'Stored in (S3 bucket)',
    region: 'Region',
  },

  nav: {
    shortcuts: 'Keyboard shortcuts',
  },

  drop: {
    label: 'Add files',
    title: 'Drop files or folders anywhere',
    choose: 'Choose files',
    chooseFolder: 'Choose a folder',
    paste: 'Pasting works, too',
    limit: (largest: number) => `up to ${formatBytes(largest)} each`,
    overTitle: 'Let go to lock and store',
    overHint: (bucket: string) => `Locked here first, then sent to ${bucket}`,
    overCount: (count: number) =>
      count === 1
        ? 'Let go to lock and store 1 item'
        : `Let go to lock and store ${formatCount(count)} items`,
    nothing: 'There was no file in what you dropped.',
  },

  list: {
    title: 'Files',
    count: (count: number) => `${files(count)} stored`,
    search: 'Search by name',
    searchHint: 'Search',
    sort: 'Sort',
    sorts: { newest: 'Newest first', oldest: 'Oldest first', name: 'By name', largest: 'Largest first' },
    refresh: 'Refresh',
    loading: 'Loading your files…',
    emptyTitle: 'Nothing stored yet',
    empty: ['Add a file.', 'It is locked here, in your browser.', 'Only then does it leave for the storage.'],
    noMatchTitle: 'No file of that name',
    noMatch: (query: string) => `Nothing stored is called anything like “${query}”.`,
    clearSearch: 'Show all files',
    naming: (count: number) => `Still unlocking ${count === 1 ? '1 name' : `${formatCount(count)} names`}`,
    nameless: 'Unlocking its name…',
    label: 'Your files',
  },

  offline: 'You are offline. Uploads wait and go on by themselves; nothing is lost.',

  batch: {
    label: 'Under way',
    left: (count: number) => `${files(count)} under way`,
    trouble: (count: number) => (count === 1 ? '1 needs you' : `${formatCount(count)} need you`),
    showTrouble: 'Show',
    cancelAll: 'Cancel all',
    retryAll: 'Try all again',
    dismissAll: 'Dismiss all ended',
  },

  upload: {
    waiting: 'Waiting',
    sealing: 'Sealing',
    sending: 'Sending',
    finishing: 'Finishing',
    finishingHint: 'waiting for the storage to confirm',
    stored: 'Stored',
    offline: 'Waiting for the network',
    failed: 'Not stored',
    cancelling: 'Cancelling',
    cancelled: 'Cancelled',
    cancelledHint: 'nothing was kept',
  },

  lock: {
    personal: 'locked with your key',
    other: (fingerprint: string) => `locked with another key, ${fingerprint}`,
    kms: 'locked with AWS KMS',
    unknown: 'locked by another program',
    notOpened: 'Not opened',
  },

  row: {
    download: 'Download',
    share: 'Share',
    remove: 'Delete',
    more: 'More',
    cancelDownload: 'Cancel the download of',
    named: (action: string, name: string) => `${action} ${name}`,
    progress: (name: string) => `Progress of ${name}`,
    why: 'Why?',
    size: 'Size',
    stored: 'Stored',
    key: 'Key',
  },

  share: {
    title: 'Share',
    preparing: 'Preparing the link…',
    preparingHint: 'The storage makes a locked copy for it. No byte of it comes through here.',
    linkLabel: 'Link',
    copy: 'Copy link',
    copied: 'Copied',
    copyFailed: 'The browser did not let the page copy. The link is selected: copy it with Ctrl or ⌘ and C.',
    who: 'Whoever has this link can open the file.',
    whoHint: 'The key is in the link, after the #. Send it only to those who may read the file.',
    until: (day: Date) => `Works until ${formatDay(day)}.`,
    ready: 'The link is ready.',
  },

  remove: {
    title: 'Delete this file?',
    body: 'It is removed from the storage, and can’t be brought back from here.',
    links: (days: number) =>
      `Links made for it have a copy of their own: they work until they run out (at most ${days === 1 ? '1 day' : `${formatCount(days)} days`}).`,
    confirm: 'Delete for good',
    deleting: 'Deleting…',
    keep: 'Keep it',
  },

  how: {
    title: 'How this works',
    steps: [
      {
        title: 'Your file is locked here',
        body: 'This browser turns it into something nobody can read, before a byte of it leaves this device.',
        term: 'Client-side encryption, AES-256-GCM with key commitment',
      },
      {
        title: 'Each file has its own key, in an envelope',
        body: 'That key is itself locked with yours and travels with the file. Only whoever holds your key can take it out.',
        term: 'Envelope encryption: a data key wrapped by a wrapping key',
      },
      {
        title: 'Amazon S3 keeps the locked file',
        body: 'It sees how long the file is and when it came, neither its name nor a word of it.',
        term: 'Amazon S3 Encryption Client format, version 3: AWS’s own programs can open it with the same key',
      },
      {
        title: 'What comes back is checked',
        body: 'If a single bit was changed, you get an error instead of the file.',
        term: 'Authenticated encryption; nothing unverified is handed over',
      },
      {
        title: 'A link carries its key',
        body: 'It stands behind the #, which browsers do not send. Whoever has the whole link can open that one file.',
        term: 'A separate data key’s wrapping key in the URL fragment',
      },
    ],
  },

  shortcuts: {
    title: 'Keyboard shortcuts',
    upload: 'Choose files to store',
    search: 'Search',
    move: 'Go through the list',
    ends: 'First and last file',
    open: 'Download the file',
    actions: 'All that can be done with it',
    share: 'Share the file',
    remove: 'Delete the file (asks first)',
    paste: 'Add files from the clipboard',
    help: 'This sheet',
    escape: 'Close',
    toggle: 'Use single letters as shortcuts',
    keys: {
      space: 'Space',
      enter: 'Enter',
      escape: 'Esc',
      home: 'Home',
      end: 'End',
      del: 'Delete',
      paste: 'Ctrl V or ⌘ V',
    },
  },

  titles: {
    left: (count: number) => `${formatCount(count)} left`,
  },

  announce: {
    started: (count: number) => `Storing ${files(count)}.`,
    milestone: (percent: string) => `${percent} sent.`,
    stored: (count: number) => `${files(count)} locked and stored.`,
    storedOne: (name: string) => `${name} is locked and stored.`,
    failed: (count: number) => `${files(count)} not stored.`,
    failedOne: (name: string) => `${name} was not stored.`,
    cancelled: (count: number) => `${files(count)} cancelled.`,
    saved: (name: string) => `${name} is saved and checked.`,
    notSaved: (name: string) => `${name} was not saved.`,
  },
} as const;
