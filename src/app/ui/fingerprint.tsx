import './fingerprint.css';

/** A key's mark: its fingerprint beside the seal. */
export function Fingerprint({ value, held = true }: { readonly value: string; readonly held?: boolean }) {
  return (
    <span className={held ? 'fingerprint' : 'fingerprint fingerprint--foreign'}>
      <svg className="fingerprint__seal" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <circle cx="8" cy="8" r="6.5" />
        <path d="M8 4.6a1.9 1.9 0 0 1 .9 3.500l.5 2.900H6.600l.5-2.900A1.9 1.9 0 0 1 8 4.600z" />
      </svg>
      <code>{value}</code>
    </span>
  );
}
