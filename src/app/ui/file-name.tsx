import './file-name.css';
import { splitName, splitPath, visibleName } from '../display-name.ts';

/**
 * A name that somebody else chose: isolated from the text around it, its invisible characters spelled out,
 * never wider than its place, cut in the middle so that the extension stays. Of the folders before it the
 * nearest stays longest.
 */
export function FileName({
  name,
  id,
  whole = false,
}: {
  readonly name: string;
  readonly id?: string;
  /** All of it, on as many lines as it takes. */
  readonly whole?: boolean;
}) {
  const { folder, leaf } = splitPath(name);
  const shown = visibleName(leaf);
  const path = folder === '' ? undefined : visibleName(folder);
  if (whole) {
    return (
      <bdi className="filename filename--whole" id={id}>
        {path && <bdi className="filename__path">{path}</bdi>}
        <bdi>{shown}</bdi>
      </bdi>
    );
  }
  const { head, tail } = splitName(shown);
  if (tail === '' && path === undefined) {
    return (
      <bdi className="filename" id={id}>
        <span className="filename__head">{shown}</span>
      </bdi>
    );
  }
  return (
    <bdi className="filename" id={id} title={`${path ?? ''}${shown}`}>
      {/* Several boxes are read as several words; whoever listens gets the name in one piece. */}
      <span className="hush filename__spoken">{`${path ?? ''}${shown}`}</span>
      {path && (
        <span className="filename__folder" aria-hidden="true">
          <bdi>{path}</bdi>
        </span>
      )}
      <bdi className="filename__leaf" aria-hidden="true">
        <span className="filename__head">{head}</span>
        <span className="filename__tail">{tail}</span>
      </bdi>
    </bdi>
  );
}
