import './envelope.css';

/** An empty folder, where a file has its envelope. */
export function FolderMark() {
  return (
    <svg className="envelope envelope--row" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <path className="envelope__body" d="M4.5 33.500v-23h11l3.500 4h16.500v19z" />
      <path className="envelope__folds" d="M4.500 18.500h31" />
    </svg>
  );
}
