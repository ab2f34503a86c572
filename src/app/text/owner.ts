import { formatDay } from '../dates.ts';
import { formatBytes, formatCount } from '../format.ts';
import { shared } from './shared.ts';

const files = (count: number) => (count === 1 ? '1 file' : `${formatCount(count)} files`);

/** What the pages of the person who sends say. */
export const owner = {
  files,

  welcome: {
    question: 'Who holds the key?',
    personal: 'A key only I hold',
    personalHint:
      'Made here, in this browser. You keep a backup file of it; nobody else can open your files.',
    kms: 'My organisation’s key',
    kmsHint: 'Amazon keeps it, and opens files for whoever your organisation allows.',
    kmsTerm: (label: string) => `AWS KMS · ${label}`,
    restore: 'I have a key file already',
    restoreHint: 'From another browser, or saved earlier.',
    continue: 'Continue',
    chooseKeyFile: 'Choose the key file',
    making: 'Making your key…',
    opening: 'Opening…',
    reading: 'Reading the key file…',
    technical: 'AES-256, client-side, in the format of the Amazon S3 Encryption Client.',
  },

  signIn: {
    title: 'Sign in',
    lead: 'Your organisation gave you an access code for this storage.',
    label: 'Access code',
    show: 'Show the code',
    hint: 'It can’t open your files: those are locked with your key. This page forgets it when it is closed or reloaded. Where others use this device, let the browser not save it either.',
    enter: 'Sign in',
    checking: 'Signing in…',
    againTitle: 'Sign in again',
    again:
      'Your access code is no longer accepted. Nothing is lost: what is under way waits, and goes on with a new code.',
    later: 'Not now',
  },

  backup: {
    title: 'Save your key',
    lead: 'Your key is ready. Save a copy of it before you lock anything with it.',
    loss: 'Without this file, and without this browser, nobody can open your files again: not you, not this site, not Amazon. Nobody can reset this key.',
    secrecy:
      'Whoever has the file can open your files, so keep it where only you look: a password manager, or a USB stick in a drawer.',
    save: 'Save the key file',
    saveAgain: 'Save it once more',
    saved: 'The key file is saved.',
    look: 'The browser does not say whether it was saved. See that it is there, then tick this to go on.',
    confirm: (fileName: string) => `I see ${fileName} on my device`,
    continue: 'Go on to my files',
    file: 'Key file',
    mark: 'Mark (fingerprint)',
    back: 'Back',
  },

  keyOfOtherTab:
    'Another tab of this browser settled the key meanwhile, and that one is used here too. The key from this tab is not kept; a key file that you saved of it opens nothing that is stored from here.',

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
    account: 'Signed in as',
    signOut: 'Sign out',
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
    anotherFile: (chosen: string, wanted: string) =>
      `${chosen} is not ${wanted}, so nothing of it was sent. Choose ${wanted} again.`,
  },

  comparing: 'Looking whether any of it is stored already…',

  duplicates: {
    title: (count: number, among: number, stored: number) => {
      const where =
        stored === count ? 'stored already' : stored === 0 ? 'on the way already' : 'here already';
      if (among === 1) return `This file is ${where}`;
      if (count < among)
        return `${formatCount(count)} of ${formatCount(among)} files ${count === 1 ? 'is' : 'are'} ${where}`;
      return `All ${formatCount(count)} files are ${where}`;
    },
    others: (count: number) =>
      count === 1 ? 'The other one is on its way.' : `The other ${formatCount(count)} are on their way.`,
    sizes: (added: string, stored: string, when: string) => `New: ${added} · Stored: ${stored}, ${when}`,
    onItsWay: (added: string, underWay: string) => `New: ${added} · On its way: ${underWay}`,
    more: (count: number) => `and ${formatCount(count)} more`,
    keepBoth: 'Keep both',
    keepBothHint: (count: number) =>
      count === 1
        ? 'The one you added gets a number: “report (2).pdf”.'
        : 'The ones you added get a number: “report (2).pdf”.',
    skip: (count: number) => (count === 1 ? 'Skip it' : `Skip these ${formatCount(count)}`),
    skipHint: (count: number) =>
      count === 1
        ? 'The one that is here stays as it is. Esc does the same.'
        : 'The ones that are here stay as they are. Esc does the same.',
    replace: (count: number) => (count === 1 ? 'Replace what is here' : `Replace all ${formatCount(count)}`),
    replaceHint: (count: number, stored: number) => {
      if (stored === 0) {
        return count === 1
          ? 'The one on its way is cancelled, and the one you added takes its place.'
          : 'Those on their way are cancelled, and the ones you added take their place.';
      }
      const overwritten =
        stored === 1
          ? 'The stored one is overwritten once the new one is complete,'
          : 'The stored ones are overwritten, each once its new one is complete,';
      return `${overwritten} and can’t be brought back.${stored < count ? ' What is still on its way is cancelled.' : ''}`;
    },
  },

  passedOver: {
    label: 'Not readable',
    title: (count: number) =>
      count === 1 ? '1 entry could not be read' : `${formatCount(count)} entries could not be read`,
    means:
      'They were moved or deleted, may not be opened, or are in a cloud folder and not on this device yet. They are not stored; everything else goes on.',
    meansOne:
      'It was moved or deleted, may not be opened, or is in a cloud folder and not on this device yet. It is not stored; everything else goes on.',
    next: 'See that they open on this device, then add them again.',
    nextOne: 'See that it opens on this device, then add it again.',
    which: 'Which?',
    more: (count: number) => `and ${formatCount(count)} more`,
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
    found: (count: number) => `${files(count)} found`,
    noMatchTitle: 'No file of that name',
    noMatch: (query: string) => `Nothing stored is called anything like “${query}”.`,
    clearSearch: 'Show all files',
    naming: (count: number) => `Still unlocking ${count === 1 ? '1 name' : `${formatCount(count)} names`}`,
    nameless: 'Unlocking its name…',
    label: 'Your files',
    folder: 'empty folder',
  },

  offline: 'You are offline. Uploads wait and go on by themselves; nothing is lost.',

  batch: {
    label: 'Under way',
    left: (count: number) => `${files(count)} under way`,
    paused: (count: number) => `${formatCount(count)} paused`,
    trouble: (count: number) => (count === 1 ? '1 needs you' : `${formatCount(count)} need you`),
    showTrouble: 'Show',
    pauseAll: 'Pause all',
    resumeAll: 'Go on',
    discardAll: 'Discard all',
    leftovers:
      'Begun on an earlier visit. Add the same files or the same folder again: each goes on where it stopped.',
    cancelAll: 'Cancel all',
    retryAll: 'Try all again',
    dismissAll: 'Dismiss all ended',
  },

  upload: {
    waiting: 'Waiting',
    checking: 'Checking what was sent',
    paused: 'Paused',
    'needs-you': 'Unfinished',
    elsewhere: 'In another tab',
    sealing: 'Sealing',
    sending: 'Sending',
    finishing: 'Finishing',
    finishingHint: 'waiting for the storage to confirm',
    stored: 'Stored',
    offline: 'Waiting for the network',
    offlineHint: 'nothing is lost, it goes on by itself',
    kept: (bytes: number, size: number) => `${shared.sizeOf(bytes, size)} are stored already`,
    keptNothing: 'nothing of it is stored yet',
    restarted:
      'The file had changed since it was begun, so all of it is sent anew, under a new key. Nothing of the older one is kept.',
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
    pause: shared.pause,
    resume: shared.resume,
    chooseAgain: 'Choose the file again',
    discard: shared.discard,
    download: 'Download',
    share: 'Share',
    remove: 'Delete',
    more: 'More',
    pauseDownload: 'Pause the download of',
    resumeDownload: 'Go on with the download of',
    cancelDownload: 'Cancel the download of',
    discardDownload: 'Discard the download of',
    select: 'Select',
    unselect: 'Unselect',
    zipOf: (count: number) => `Zip of ${files(count)}`,
    named: (action: string, name: string) => `${action} ${name}`,
    progress: (name: string) => `Progress of ${name}`,
    why: 'Why?',
    size: 'Size',
    stored: 'Stored',
    key: 'Key',
  },

  selection: {
    label: 'Selected files',
    count: (count: number) => `${files(count)} selected`,
    zip: 'Download as zip',
    clear: 'Clear the selection',
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

  discard: {
    title: (count: number) =>
      count === 1 ? 'Discard this upload?' : `Discard these ${formatCount(count)} uploads?`,
    kept: (stored: string) =>
      `${stored} are stored already. They are removed from the storage; to store the rest later means to send all of it again.`,
    device: (count: number) =>
      count === 1 ? 'The file on your device stays as it is.' : 'The files on your device stay as they are.',
    keep: (count: number) => (count === 1 ? 'Keep it' : 'Keep them'),
    confirm: (stored: string) => `Discard ${stored}`,
    confirmNothing: (count: number) => (count === 1 ? 'Discard it' : `Discard all ${formatCount(count)}`),
  },

  remove: {
    title: (count: number) => (count === 1 ? 'Delete this file?' : `Delete ${files(count)}?`),
    body: (count: number) =>
      count === 1
        ? 'It is removed from the storage, and can’t be brought back from here.'
        : 'They are removed from the storage, and can’t be brought back from here.',
    links: (days: number) =>
      `Links that were made have a copy of their own: they work until they run out (at most ${days === 1 ? '1 day' : `${formatCount(days)} days`}).`,
    confirm: 'Delete for good',
    deleting: 'Deleting…',
    partly: (deleted: number, count: number) =>
      `${formatCount(deleted)} of ${files(count)} ${deleted === 1 ? 'was' : 'were'} deleted.`,
    keep: (count: number) => (count === 1 ? 'Keep it' : 'Keep them'),
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
    select: 'Select the file, or not',
    selectAll: 'Select all (in the list)',
    ends: 'First and last file',
    open: 'Download the file',
    actions: 'All that can be done with it',
    preview: 'Look at the file without saving it',
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
      all: 'Ctrl A or ⌘ A',
    },
  },

  titles: {
    left: (count: number) => `${formatCount(count)} left`,
    paused: 'Paused',
    attention: 'Needs you',
  },

  announce: {
    started: (count: number) => `Storing ${files(count)}.`,
    milestone: (percent: string) => `${percent} sent.`,
    stored: (count: number) => `${files(count)} locked and stored.`,
    storedOne: (name: string) => `${name} is locked and stored.`,
    failed: (count: number) => `${files(count)} not stored.`,
    failedOne: (name: string) => `${name} was not stored.`,
    cancelled: (count: number) => `${files(count)} cancelled.`,
    paused: (count: number) => `${files(count)} paused.`,
    pausedOne: (name: string) => `${name} is paused.`,
    resumed: (count: number) => `Going on with ${files(count)}.`,
    resumedOne: (name: string) => `Going on with ${name}.`,
    restarted: (name: string) => `${name} had changed, so all of it is sent anew.`,
    needing: (count: number) =>
      `${count === 1 ? '1 upload' : `${formatCount(count)} uploads`} of an earlier visit can go on.`,
    saved: (name: string) => `${name} is saved and checked.`,
    notSaved: (name: string) => `${name} was not saved.`,
  },
} as const;
