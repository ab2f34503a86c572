import './envelope.css';

/** `open`: not locked yet. `closed`: locked. `sealed`: locked and stored, or waiting to be opened. */
export type EnvelopeState = 'open' | 'closed' | 'sealed';

/** Whose seal it carries: one that opens here, or one that does not. */
export type SealKind = 'held' | 'foreign';

/**
 * The envelope of a row or a page. It closes and is sealed as its state goes on; that is the only thing in
 * the app that moves for its own sake. Its state is always said in words beside it.
 */
export function Envelope({
  state,
  seal = 'held',
  size = 'row',
}: {
  readonly state: EnvelopeState;
  readonly seal?: SealKind;
  readonly size?: 'row' | 'page';
}) {
  return (
    <svg
      className={`envelope envelope--${state} envelope--${seal} envelope--${size}`}
      viewBox="0 0 40 40"
      aria-hidden="true"
      focusable="false"
    >
      <g className="envelope__letter">
        <path className="envelope__sheet" d="M9.5 6.500h21v16h-21z" />
        <path className="envelope__writing" d="M13 11h14M13 14.500h14M13 18h8" />
      </g>
      <path className="envelope__body" d="M4.5 14.500h31v20h-31z" />
      <path className="envelope__folds" d="m4.5 34.5 12.2-9.800M35.5 34.500l-12.2-9.8" />
      <path className="envelope__flap" d="M4.5 14.5 20 26.500l15.5-12z" />
      <g className="envelope__seal">
        <path
          className="envelope__wax"
          d="M20 20.200c1.3-.5 2.6.1 3.5 1 1 .8 2.4 1.3 2.7 2.7.3 1.2-.3 2.2-.4 3.3-.2 1.2.1 2.6-.9 3.5-.8.8-2 .6-3.1 1-1 .4-1.9 1.2-3.1.9-1.1-.3-1.7-1.3-2.6-1.9-.9-.7-2.2-1-2.5-2.2-.3-1.1.4-2.1.6-3.2.2-1.2-.1-2.5.8-3.4.8-.8 1.9-.7 2.9-1 .8-.2 1.4-.5 2.1-.7z"
        />
        <path
          className="envelope__mark"
          d="M20 23.200a1.7 1.7 0 0 1 .8 3.200l.5 2.400h-2.600l.5-2.400a1.7 1.7 0 0 1 .8-3.200z"
        />
      </g>
    </svg>
  );
}
